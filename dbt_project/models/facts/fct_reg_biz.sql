-- One row per county, period and role in the business register.
{{ filed_fact('reg_biz', 'stg_filings__reg_biz') }}
