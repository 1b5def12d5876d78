-- One row per county, period and disability certificate.
{{ filed_fact('reg_disabled', 'stg_filings__reg_disabled') }}
