{{ config(materialized='table') }}
-- One row per accepted row of the living conditions table.
with

livings as (
    select * from {{ ref('stg_filings__living_conditions') }}
),

households as (
    select
        county_code,
        period,
        household_code,
        village_code,
        on_roll and exit_status = '已脱贫' as has_exited
    from {{ ref('rec_household') }}
    where is_first
)

select
    livings.*,
    households.village_code,
    households.has_exited
from livings
left join households using (county_code, period, household_code)
