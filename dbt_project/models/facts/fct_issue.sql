-- One row per county, period and issue.
{{ filed_fact('iss', 'stg_filings__rectification_issues') }}
