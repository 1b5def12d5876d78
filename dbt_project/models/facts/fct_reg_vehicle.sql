-- One row per county, period and vehicle of the vehicle register.
{{ filed_fact('reg_vehicle', 'stg_filings__reg_vehicle') }}
