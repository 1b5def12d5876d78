-- One row per household, county and period (on the roll or beside it), with what the indicators count.
with

households as (
    select * from {{ ref('rec_household') }} where is_first
),

living as (
    select * from {{ ref('rec_living') }} where is_first
),

thresholds as (
    {{ thresholds_at('households', ['water_litres_min', 'fetch_minutes_max', 'supply_rate_min', 'steady_work_months']) }}
),

monitored as (
    select * from {{ ref('ind_monitored') }}
),

helped as (
    select distinct
        county_code,
        period,
        household_code
    from {{ ref('rec_helper') }}
    where is_active
),

borrowers as (
    select distinct
        county_code,
        period,
        household_code
    from {{ ref('rec_loan') }}
),

labour as (
    select distinct
        county_code,
        period,
        household_code
    from {{ ref('ind_person') }}
    where labor_ability in ('技能劳动力', '普通劳动力')
),

work as (
    select
        county_code,
        period,
        household_code,
        max(months_in_work) as months_in_work
    from {{ ref('ind_worker') }}
    group by county_code, period, household_code
),

error_findings as (
    select distinct
        county_code,
        period,
        household_code
    from {{ source('findings', 'fct_finding') }}
    where severity = 'error' and status in ('open', 'reopened', 'explained')
),

final as (
    select
        households.county_code,
        households.period,
        households.household_code,
        households.on_roll,
        households.is_still_poor,
        households.main_cause,
        monitored.household_code is not null as is_monitored,
        helped.household_code is not null as has_helper,
        borrowers.household_code is not null as has_loan,
        labour.household_code is not null as has_labour,
        coalesce(work.months_in_work >= thresholds.steady_work_months, false) as has_steady_work,
        error_findings.household_code is not null as has_error_finding,
        -- Only C and D are dangerous grades; the yes/no decides where no grade is given.
        coalesce(living.dangerous_grade in ('A', 'B'), not living.is_dangerous, false)
        as has_safe_house,
        -- What was measured must pass; what was not measured is judged by the two marks.
        coalesce(living.drink_safe, false)
        and coalesce(not living.drink_difficult, true)
        and coalesce(living.water_l >= thresholds.water_litres_min, true)
        and coalesce(living.fetch_min <= thresholds.fetch_minutes_max, true)
        and coalesce(living.supply_rate >= thresholds.supply_rate_min, true)
        and coalesce(living.water_quality = '达标', true) as has_safe_water
    from households
    left join living
        on
            households.county_code = living.county_code
            and households.period = living.period
            and households.household_code = living.household_code
    left join monitored
        on
            households.county_code = monitored.county_code
            and households.period = monitored.period
            and households.household_code = monitored.household_code
    left join helped
        on
            households.county_code = helped.county_code
            and households.period = helped.period
            and households.household_code = helped.household_code
    left join borrowers
        on
            households.county_code = borrowers.county_code
            and households.period = borrowers.period
            and households.household_code = borrowers.household_code
    left join labour
        on
            households.county_code = labour.county_code
            and households.period = labour.period
            and households.household_code = labour.household_code
    left join work
        on
            households.county_code = work.county_code
            and households.period = work.period
            and households.household_code = work.household_code
    left join error_findings
        on
            households.county_code = error_findings.county_code
            and households.period = error_findings.period
            and households.household_code = error_findings.household_code
    left join thresholds
        on
            households.county_code = thresholds.county_code
            and households.as_of = thresholds.as_of
)

select * from final
