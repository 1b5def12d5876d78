-- One row per county, period and pupil of the school register.
{{ filed_fact('reg_school', 'stg_filings__reg_school') }}
