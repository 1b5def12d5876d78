-- One row per county, period and loan contract.
{{ filed_fact('loan', 'stg_filings__microloans') }}
