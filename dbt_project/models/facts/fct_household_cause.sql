-- One row per county, period, household and cause of poverty, the main one marked.
with

households as (
    select * from {{ ref('rec_household') }}
    where is_first
),

other as (
    {{ explode_list('households', 'other_causes', ['county_code', 'period', 'household_code', 'on_roll']) }}
),

named as (
    select
        county_code,
        period,
        household_code,
        on_roll,
        main_cause as cause_name_zh,
        true as is_main
    from households
    where main_cause is not null
    union all
    select
        county_code,
        period,
        household_code,
        on_roll,
        element as cause_name_zh,
        false as is_main
    from other
    where element is not null
),

causes as (
    select * from {{ ref('dim_cause_of_poverty') }}
),

-- A cause that is named as main and as other one counts as main.
final as (
    select
        named.county_code,
        named.period,
        named.household_code,
        causes.cause_code,
        max(named.is_main) as is_main,
        max(named.on_roll) as on_roll
    from named
    inner join causes on named.cause_name_zh = causes.cause_name_zh
    group by named.county_code, named.period, named.household_code, causes.cause_code
)

select * from final
