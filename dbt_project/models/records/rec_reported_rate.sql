-- One row per rate that a county printed itself (own, latest) and that its ledgers can recompute:
-- disb_rate, start_rate, completion_rate. Beside it stands the recomputation at the report's own
-- data date and at the level that the printed denominator names: the whole county, its townships'
-- money and projects, or the rest. Without a denominator it is the county; a denominator that is
-- no level's leaves the recomputation empty (decision 22).
with

rates as (
    select * from {{ ref('rec_reported') }}
    where is_own and is_latest and indicator in ('disb_rate', 'start_rate', 'completion_rate')
),

levels as (
    select 'all' as level, 1 as level_no
    union all
    select 'township' as level, 2 as level_no
    union all
    select 'direct' as level, 3 as level_no
),

-- A sum with an unknown amount is unknown.
allocated as (
    select
        allocations.county_code,
        allocations.period,
        levels.level,
        case when count(*) = count(allocations.allocated_yuan) then sum(allocations.allocated_yuan) end
        as allocated_yuan
    from {{ ref('rec_allocation') }} as allocations
    inner join levels
        on levels.level = 'all' or (levels.level = 'township') = allocations.is_township
    where allocations.is_first and allocations.is_this_budget
    group by allocations.county_code, allocations.period, levels.level
),

paid as (
    select
        rates.county_code,
        rates.period,
        rates.indicator,
        levels.level,
        case when count(*) = count(payments.signed_yuan) then sum(payments.signed_yuan) end as paid_yuan
    from rates
    inner join {{ ref('rec_payment') }} as payments
        on
            rates.county_code = payments.county_code
            and rates.period = payments.period
            and coalesce(payments.paid_on <= rates.as_of, true)
    inner join levels
        on levels.level = 'all' or (levels.level = 'township') = payments.is_township
    where rates.indicator = 'disb_rate' and payments.is_first and payments.is_this_budget
    group by rates.county_code, rates.period, rates.indicator, levels.level
),

staged_projects as (
    select
        rates.county_code,
        rates.period,
        rates.indicator,
        projects.is_township,
        case
            when rates.indicator = 'start_rate'
                then {{ reached('rates.as_of', 'started_on', 'projects') }}
            else {{ reached('rates.as_of', 'completed_on', 'projects') }}
        end as is_reached
    from rates
    inner join {{ ref('rec_project') }} as projects
        on
            rates.county_code = projects.county_code
            and rates.period = projects.period
    where rates.indicator <> 'disb_rate' and projects.is_first
),

reached as (
    select
        staged_projects.county_code,
        staged_projects.period,
        staged_projects.indicator,
        levels.level,
        count(*) as project_count,
        case
            when count(*) = count(staged_projects.is_reached)
                then count(case when staged_projects.is_reached then 1 end)
        end as reached_count
    from staged_projects
    inner join levels
        on levels.level = 'all' or (levels.level = 'township') = staged_projects.is_township
    group by
        staged_projects.county_code,
        staged_projects.period,
        staged_projects.indicator,
        levels.level
),

recomputed as (
    select
        rates.county_code,
        rates.period,
        rates.indicator,
        rates.value_low,
        rates.value_high,
        rates.den,
        rates.den_low,
        rates.den_high,
        levels.level,
        levels.level_no,
        allocated.allocated_yuan,
        -- Money was allocated and none of it paid: nothing, not nothing known.
        case when paid.county_code is null then 0 else paid.paid_yuan end as paid_yuan,
        reached.project_count,
        reached.reached_count
    from rates
    cross join levels
    left join allocated
        on
            rates.county_code = allocated.county_code
            and rates.period = allocated.period
            and rates.indicator = 'disb_rate'
            and levels.level = allocated.level
    left join paid
        on
            rates.county_code = paid.county_code
            and rates.period = paid.period
            and rates.indicator = paid.indicator
            and levels.level = paid.level
    left join reached
        on
            rates.county_code = reached.county_code
            and rates.period = reached.period
            and rates.indicator = reached.indicator
            and levels.level = reached.level
),

-- Money denominators are printed in 元, 万元 or 亿元.
judged as (
    select
        *,
        case
            when den is null then level = 'all'
            when indicator = 'disb_rate'
                then
                    allocated_yuan between den_low and den_high
                    or allocated_yuan between den_low * 10000 and den_high * 10000
                    or allocated_yuan between den_low * 100000000 and den_high * 100000000
            else project_count between den_low and den_high
        end as is_level,
        case
            when indicator = 'disb_rate'
                then 100 * paid_yuan between value_low * allocated_yuan and value_high * allocated_yuan
            else 100 * reached_count between value_low * project_count and value_high * project_count
        end as agrees
    from recomputed
),

-- Where the denominator fits two levels, the one that agrees; no county is accused of the other.
chosen as (
    select
        *,
        row_number() over (
            partition by county_code, period, indicator
            order by case when agrees then 0 else 1 end, level_no
        ) as choice_no
    from judged
    where is_level
)

select
    rates.*,
    chosen.level,
    case when rates.indicator = 'disb_rate' then chosen.allocated_yuan end as allocated_yuan,
    case when rates.indicator = 'disb_rate' then chosen.paid_yuan end as paid_yuan,
    chosen.project_count,
    chosen.reached_count
from rates
left join chosen
    on
        rates.county_code = chosen.county_code
        and rates.period = chosen.period
        and rates.indicator = chosen.indicator
        and chosen.choice_no = 1
