-- One row per county, period and household: its income.
{{ filed_fact('inc', 'stg_filings__household_income') }}
