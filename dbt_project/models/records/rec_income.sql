{{ config(materialized='table') }}
-- One row per accepted row of the income table.
with

households as (
    select
        county_code,
        period,
        household_code,
        on_roll,
        village_code
    from {{ ref('rec_household') }}
    where is_first
),

incomes as (
    select * from {{ ref('stg_filings__household_income') }}
)

select
    incomes.*,
    coalesce(households.on_roll, false) as on_roll,
    households.village_code
from incomes
left join households using (county_code, period, household_code)
