-- One row per monitored household, county and period: its latest identification.
with

monitorings as (
    select * from {{ ref('rec_monitoring') }} where household_code is not null
),

members as (
    select
        county_code,
        period,
        household_code,
        count(*) as member_count
    from {{ ref('ind_person') }}
    group by county_code, period, household_code
),

ranked as (
    select
        county_code,
        period,
        household_code,
        monitor_type,
        coalesce(risk_eliminated, false) as is_eliminated,
        row_number() over (
            partition by county_code, period, household_code
            order by identified_on desc nulls last, row_no
        ) as recency
    from monitorings
),

final as (
    select
        ranked.county_code,
        ranked.period,
        ranked.household_code,
        ranked.monitor_type,
        ranked.is_eliminated,
        coalesce(members.member_count, 0) as member_count
    from ranked
    left join members
        on
            ranked.county_code = members.county_code
            and ranked.period = members.period
            and ranked.household_code = members.household_code
    where ranked.recency = 1
)

select * from final
