-- One row per live person of the roll with a spell of work, county and period.
with

spells as (
    select * from {{ ref('rec_spell') }}
),

persons as (
    select * from {{ ref('ind_person') }} where on_roll
),

-- A row per month; its window looks back from there.
months as (
    select
        county_code,
        "month",
        cast(value as integer) as window_months
    from {{ ref('rec_threshold') }}
    where kind = 'steady_work_window'
),

-- Months in which somebody worked, once however many jobs: the first and the last count.
worked as (
    select
        spells.county_code,
        spells.period,
        spells.person_code,
        count(distinct months."month") as months_in_work
    from spells
    inner join months as present
        on
            spells.county_code = present.county_code
            and cast(date_trunc('month', spells.as_of) as date) = present."month"
    inner join months
        on
            spells.county_code = months.county_code
            and spells.start_month <= months."month"
            and coalesce(spells.end_month, spells.as_of) >= months."month"
            and spells.as_of >= months."month"
    where
        spells.is_working
        and {{ dbt.datediff('months."month"', 'spells.as_of', 'month') }} < present.window_months
    group by spells.county_code, spells.period, spells.person_code
),

final as (
    select
        persons.county_code,
        persons.period,
        persons.person_code,
        persons.household_code,
        -- A spell that ended before the data date is not work now, whatever its mark says.
        coalesce(bool_or(
            spells.is_working and spells.is_outside_county
            and coalesce(spells.end_month >= date_trunc('month', spells.as_of), true)
        ), false) as is_away,
        coalesce(bool_or(spells.is_returned), false) as is_returned,
        coalesce(bool_or(spells.is_returned and spells.is_reemployed), false) as is_reemployed,
        max(worked.months_in_work) as months_in_work
    from spells
    inner join persons
        on
            spells.county_code = persons.county_code
            and spells.period = persons.period
            and spells.person_code = persons.person_code
    left join worked
        on
            persons.county_code = worked.county_code
            and persons.period = worked.period
            and persons.person_code = worked.person_code
    group by persons.county_code, persons.period, persons.person_code, persons.household_code
)

select * from final
