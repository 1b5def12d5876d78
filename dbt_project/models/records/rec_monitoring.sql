-- One row per accepted row of the table of monitored households.
with

monitorings as (
    select * from {{ ref('stg_filings__monitored_households') }}
),

households as (
    select
        county_code,
        period,
        household_code,
        on_roll
    from {{ ref('rec_household') }}
    where is_first
),

first_rows as (
    select
        county_code,
        period,
        household_code,
        min(row_no) as first_row_no
    from {{ ref('stg_filings__monitored_households') }}
    group by county_code, period, household_code
)

select
    monitorings.*,
    -- Without a household row the kind decides: edge households stand beside the roll.
    coalesce(households.on_roll, monitorings.monitor_type is distinct from '边缘易致贫户')
    as on_roll,
    coalesce(monitorings.row_no = first_rows.first_row_no, true) as is_first_of_household
from monitorings
left join households using (county_code, period, household_code)
left join first_rows using (county_code, period, household_code)
