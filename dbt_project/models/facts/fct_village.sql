-- One row per county, period and village.
{{ filed_fact('vil', 'stg_filings__villages') }}
