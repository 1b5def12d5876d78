-- One row per accepted row of the income table.
select * from {{ ref('stg_filings__household_income') }}
