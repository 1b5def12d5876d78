-- One row per county, period, household, measure and start.
{{ filed_fact('mea', 'stg_filings__support_measures') }}
