-- One row per county, period and household, on the roll or beside it.
with

households as (
    select * from {{ ref('rec_household') }}
    where is_first
),

versions as (
    select * from {{ ref('dim_household') }}
),

members as (
    select
        county_code,
        period,
        household_code,
        count(*) as live_member_count
    from {{ ref('rec_person') }}
    where is_first and is_live
    group by county_code, period, household_code
),

filed_persons as (
    select
        county_code,
        period
    from {{ ref('rec_filing') }}
    where table_name = 'p'
),

incomes as (
    select
        county_code,
        period,
        household_code,
        net_pc
    from {{ ref('rec_income') }}
    where is_first
),

final as (
    select
        versions.household_key,
        households.county_code,
        households.period,
        households.as_of,
        {{ filed_columns('hh', 'households') }},
        households.on_roll,
        households.is_still_poor,
        -- Null where no person table was filed, none where it names nobody.
        case when filed_persons.period is not null then coalesce(members.live_member_count, 0) end
        as live_member_count,
        incomes.net_pc as net_income_per_capita,
        {{ provenance('households') }}
    from households
    left join members using (county_code, period, household_code)
    left join filed_persons using (county_code, period)
    left join incomes using (county_code, period, household_code)
    left join versions
        on
            households.county_code = versions.county_code
            and households.household_code = versions.household_code
            and households.as_of >= versions.valid_from
            and households.as_of < coalesce(versions.valid_to, cast('9999-12-31' as date))
)

select * from final
