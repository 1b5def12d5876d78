-- One row per live person of the roll with a spell of work, county and period.
with

spells as (
    select * from {{ ref('rec_spell') }}
),

persons as (
    select * from {{ ref('ind_person') }} where on_roll
),

windows as (
    {{ thresholds_at('spells', ['steady_work_window']) }}
),

-- From at least as early as any window reaches.
months as (
    {{ months_between(
        "(select make_date(cast(year(min(as_of)) - max(steady_work_window) / 12 - 1 as integer), 1, 1) from windows)",
        "(select cast(date_trunc('month', max(as_of)) as date) from windows)"
    ) }}
),

-- The months that are looked at from each data date.
looked_at as (
    select
        windows.county_code,
        windows.as_of,
        months."month"
    from windows
    inner join months
        on
            windows.as_of >= months."month"
            and {{ dbt.datediff('months."month"', 'windows.as_of', 'month') }} < windows.steady_work_window
),

-- Months in which somebody worked, once however many jobs: the first and the last count.
worked as (
    select
        spells.county_code,
        spells.period,
        spells.person_code,
        count(distinct looked_at."month") as months_in_work
    from spells
    inner join looked_at
        on
            spells.county_code = looked_at.county_code
            and spells.as_of = looked_at.as_of
            and spells.start_month <= looked_at."month"
            and coalesce(spells.end_month, spells.as_of) >= looked_at."month"
    where spells.is_working
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
