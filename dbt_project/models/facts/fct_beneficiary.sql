-- One row per county, period, project and household.
{{ filed_fact('ben', 'stg_filings__project_beneficiaries') }}
