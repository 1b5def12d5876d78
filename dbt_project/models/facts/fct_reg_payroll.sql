-- One row per county, period and person on the public payroll.
{{ filed_fact('reg_payroll', 'stg_filings__reg_payroll') }}
