-- One row per county, period and household: how it lives.
{{ filed_fact('liv', 'stg_filings__living_conditions') }}
