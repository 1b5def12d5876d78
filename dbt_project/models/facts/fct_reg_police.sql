-- One row per county, period and person of the police register.
{{ filed_fact('reg_police', 'stg_filings__reg_police') }}
