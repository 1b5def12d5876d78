-- One row per live person of the roll with a spell of work, county and period.
with

spells as (
    select * from {{ ref('rec_spell') }}
),

persons as (
    select * from {{ ref('ind_person') }} where on_roll
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
        -- Months in which somebody worked: the first and the last count.
        max(
            case
                when spells.is_working
                    then 1 + {{ dbt.datediff('spells.start_month', 'least(coalesce(spells.end_month, spells.as_of), spells.as_of)', 'month') }}
            end
        ) as months_in_work
    from spells
    inner join persons
        on
            spells.county_code = persons.county_code
            and spells.period = persons.period
            and spells.person_code = persons.person_code
    group by persons.county_code, persons.period, persons.person_code, persons.household_code
)

select * from final
