-- One row per county, period and property of the land register.
{{ filed_fact('reg_estate', 'stg_filings__reg_estate') }}
