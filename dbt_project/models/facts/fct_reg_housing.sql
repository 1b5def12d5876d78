-- One row per county, period and appraised house.
{{ filed_fact('reg_housing', 'stg_filings__reg_housing') }}
