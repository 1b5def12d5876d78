-- One row per county, period and person on assistance.
{{ filed_fact('reg_civil', 'stg_filings__reg_civil') }}
