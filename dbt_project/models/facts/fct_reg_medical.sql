-- One row per county, period and insured person.
{{ filed_fact('reg_medical', 'stg_filings__reg_medical') }}
