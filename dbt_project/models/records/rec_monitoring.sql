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

-- A household's episodes in this filing and the one before, each once.
episodes as (
    select
        county_code,
        period,
        household_code,
        identified_on,
        max(eliminated_on) as eliminated_on
    from (
        select
            county_code,
            period,
            household_code,
            identified_on,
            eliminated_on
        from {{ ref('stg_filings__monitored_households') }}
        union all
        select
            filings.county_code,
            filings.period,
            earlier.household_code,
            earlier.identified_on,
            earlier.eliminated_on
        from {{ ref('rec_filing') }} as filings
        inner join {{ ref('stg_filings__monitored_households') }} as earlier
            on
                filings.county_code = earlier.county_code
                and filings.prior_period = earlier.period
        where filings.table_name = 'mon'
    ) as both_filings
    where identified_on is not null
    group by county_code, period, household_code, identified_on
),

eliminations as (
    select
        county_code,
        period,
        household_code,
        identified_on,
        lag(eliminated_on) over (
            partition by county_code, period, household_code order by identified_on
        ) as earlier_eliminated_on
    from episodes
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
    coalesce(monitorings.row_no = first_rows.first_row_no, true) as is_first_of_household,
    eliminations.earlier_eliminated_on
from monitorings
left join households using (county_code, period, household_code)
left join first_rows using (county_code, period, household_code)
left join eliminations using (county_code, period, household_code, identified_on)
