{{ config(materialized='table') }}
{#-
The two identities of the roll (T011, decision 20). Roll: opening + identified + increase - decrease
- cancelled - deleted = closing. Still poor: opening + identified + returned + increase - decrease
- exited = closing. A person is counted by one reason only: who was born into a newly identified or
returned household counts as increase, who died before the household's exit as decrease.
-#}
-- One row per county and period that filed anything: the balance of its roll since the last filing.
with

-- Filings without a column by which the roll is counted.
lacking as (
    select distinct
        county_code,
        period,
        table_name
    from {{ ref('rec_absent_column') }}
    where
        (table_name = 'p' and column_name = 'household_code')
        or (table_name = 'hh' and column_name in ('exit_status', 'first_identified_on'))
        or (table_name = 'chg' and column_name in ('household_code', 'change_type'))
),

filings as (
    select
        present.county_code,
        present.period,
        present.as_of,
        present.table_name,
        lacking.table_name is null as is_countable,
        case when lacking.table_name is null and earlier.table_name is null then present.prior_period end
        as prior_period
    from {{ ref('rec_filing') }} as present
    left join lacking
        on
            present.county_code = lacking.county_code
            and present.period = lacking.period
            and present.table_name = lacking.table_name
    left join lacking as earlier
        on
            present.county_code = earlier.county_code
            and present.prior_period = earlier.period
            and present.table_name = earlier.table_name
),

counties as (
    select
        county_code,
        period,
        max(as_of) as as_of,
        max(case when table_name = 'p' then prior_period end) as prior_p,
        max(case when table_name = 'hh' then prior_period end) as prior_hh,
        max(case when table_name = 'p' then 1 else 0 end) = 1 as has_persons,
        max(case when table_name = 'hh' then 1 else 0 end) = 1 as has_households,
        max(case when table_name = 'chg' and is_countable then 1 else 0 end) = 1 as has_changes
    from filings
    group by county_code, period
),

persons as (
    select
        county_code,
        period,
        person_code,
        household_code,
        on_roll,
        coalesce(is_still_poor, false) as is_poor
    from {{ ref('rec_person') }}
    where is_first and is_live
),

households as (
    select
        county_code,
        period,
        household_code,
        on_roll,
        coalesce(is_still_poor, false) as is_poor,
        exit_status,
        first_identified_on
    from {{ ref('rec_household') }}
    where is_first
),

changes as (
    select
        county_code,
        period,
        person_code,
        household_code,
        change_type,
        in_interval
    from {{ ref('rec_change') }}
    where is_first
),

-- Each household of the present filing beside itself in the previous one.
compared as (
    select
        counties.county_code,
        counties.period,
        present.household_code,
        present.on_roll,
        present.on_roll and present.is_poor as is_poor,
        coalesce(earlier.on_roll, false) as was_on_roll,
        coalesce(earlier.on_roll and earlier.is_poor, false) as was_poor,
        present.exit_status,
        present.on_roll
        and not coalesce(earlier.on_roll, false)
        and coalesce(
            present.first_identified_on > {{ period_end('counties.prior_hh') }}
            and present.first_identified_on <= counties.as_of,
            false
        ) as is_identified
    from counties
    inner join households as present
        on
            counties.county_code = present.county_code
            and counties.period = present.period
    left join households as earlier
        on
            counties.county_code = earlier.county_code
            and counties.prior_hh = earlier.period
            and present.household_code = earlier.household_code
),

moved as (
    select
        *,
        coalesce(on_roll and was_on_roll and not was_poor and exit_status = '返贫', false)
        as is_returned,
        coalesce(on_roll and exit_status = '已脱贫' and (was_poor or is_identified), false)
        as has_exited
    from compared
),

-- Changes since the previous filing, with the household now and then.
recorded as (
    select
        counties.county_code,
        counties.period,
        changes.person_code,
        changes.change_type,
        changes.in_interval,
        coalesce(moved.on_roll, earlier.on_roll, false) as is_on_roll,
        coalesce(moved.is_poor, earlier.on_roll and earlier.is_poor, false) as is_poor,
        coalesce(earlier.on_roll, false) as was_on_roll,
        coalesce(earlier.on_roll and earlier.is_poor, false) as was_poor
    from counties
    inner join changes
        on
            counties.county_code = changes.county_code
            and counties.period = changes.period
    left join moved
        on
            changes.county_code = moved.county_code
            and changes.period = moved.period
            and changes.household_code = moved.household_code
    left join households as earlier
        on
            counties.county_code = earlier.county_code
            and counties.prior_hh = earlier.period
            and changes.household_code = earlier.household_code
    where counties.prior_p is not null
),

increased as (
    select distinct
        county_code,
        period,
        person_code
    from recorded
    where in_interval and change_type = '自然增加'
),

decreased as (
    select distinct
        county_code,
        period,
        person_code
    from recorded
    where in_interval and change_type <> '自然增加'
),

-- Who left counts against the roll that had them, or that they joined in between.
counted_changes as (
    select
        recorded.county_code,
        recorded.period,
        recorded.change_type,
        recorded.in_interval,
        case
            when recorded.change_type = '自然增加' then recorded.is_on_roll
            else recorded.was_on_roll or (recorded.is_on_roll and increased.person_code is not null)
        end as is_counted,
        case
            when recorded.change_type = '自然增加' then recorded.is_poor
            else recorded.was_poor or (recorded.is_poor and increased.person_code is not null)
        end as is_counted_poor
    from recorded
    left join increased using (county_code, period, person_code)
),

change_totals as (
    select
        county_code,
        period,
        -- A change without a full date may or may not lie between the filings.
        max(case when in_interval is null and is_counted then 1 else 0 end) = 1 as is_uncertain,
        {% for name, kind in [
            ('increase', '自然增加'),
            ('decrease', '自然减少'),
            ('cancelled', '整户自然消亡'),
            ('deleted', '识别不准删除'),
        ] %}
        count(case when in_interval and is_counted and change_type = '{{ kind }}' then 1 end)
        as {{ name }}_pop,
        {% endfor %}
        count(case when in_interval and is_counted_poor and change_type = '自然增加' then 1 end)
        as poor_increase_pop,
        count(case when in_interval and is_counted_poor and change_type <> '自然增加' then 1 end)
        as poor_decrease_pop
    from counted_changes
    group by county_code, period
),

person_totals as (
    select
        persons.county_code,
        persons.period,
        count(case when persons.on_roll then 1 end) as roll_pop,
        count(case when persons.on_roll and persons.is_poor then 1 end) as poor_pop,
        count(case when moved.is_identified and increased.person_code is null then 1 end)
        as identified_pop,
        count(case when moved.is_returned and increased.person_code is null then 1 end)
        as returned_pop,
        count(
            case
                when moved.is_identified and moved.has_exited and increased.person_code is null
                    then 1
            end
        ) as passing_pop
    from persons
    left join moved using (county_code, period, household_code)
    left join increased using (county_code, period, person_code)
    group by persons.county_code, persons.period
),

-- Persons of the previous filing whose household has left poverty since.
exits as (
    select
        counties.county_code,
        counties.period,
        count(*) as exited_pop
    from counties
    inner join persons
        on
            counties.county_code = persons.county_code
            and counties.prior_p = persons.period
    inner join moved
        on
            counties.county_code = moved.county_code
            and counties.period = moved.period
            and persons.household_code = moved.household_code
    left join decreased
        on
            counties.county_code = decreased.county_code
            and counties.period = decreased.period
            and persons.person_code = decreased.person_code
    where moved.has_exited and persons.on_roll and persons.is_poor and decreased.person_code is null
    group by counties.county_code, counties.period
),

-- Households that the previous roll had and that a record takes off: 整户销户 does, a deletion does
-- where it leaves none of them on the roll.
taken_off as (
    select distinct
        counties.county_code,
        counties.period,
        earlier.household_code,
        earlier.is_poor
    from counties
    inner join changes
        on
            counties.county_code = changes.county_code
            and counties.period = changes.period
    inner join households as earlier
        on
            counties.county_code = earlier.county_code
            and counties.prior_hh = earlier.period
            and changes.household_code = earlier.household_code
    left join moved
        on
            changes.county_code = moved.county_code
            and changes.period = moved.period
            and changes.household_code = moved.household_code
    where
        changes.in_interval
        and earlier.on_roll
        and (
            changes.change_type = '整户自然消亡'
            or (changes.change_type = '识别不准删除' and not coalesce(moved.on_roll, false))
        )
),

taken_off_totals as (
    select
        county_code,
        period,
        count(*) as gone_hh,
        count(case when is_poor then 1 end) as gone_poor_hh
    from taken_off
    group by county_code, period
),

household_totals as (
    select
        county_code,
        period,
        count(case when on_roll then 1 end) as roll_hh,
        count(case when is_poor then 1 end) as poor_hh,
        count(case when is_identified then 1 end) as identified_hh,
        count(case when is_returned then 1 end) as returned_hh,
        count(case when has_exited then 1 end) as exited_hh
    from moved
    group by county_code, period
),

final as (
    select
        counties.county_code,
        counties.period,
        counties.as_of,
        counties.prior_p is not null as has_prior,
        opening_p.roll_pop as opening_roll_pop,
        case when counties.has_persons then person_totals.roll_pop end as roll_pop,
        opening_hh.roll_hh as opening_roll_hh,
        case when counties.has_households then household_totals.roll_hh end as roll_hh,
        case when counties.prior_hh is not null and counties.prior_p is not null
            then person_totals.identified_pop end as identified_pop,
        case when counties.prior_hh is not null then household_totals.identified_hh end
        as identified_hh,
        {% for name in ['increase', 'decrease', 'cancelled', 'deleted', 'poor_increase', 'poor_decrease'] %}
        case
            when counties.prior_p is null or not counties.has_changes then null
            when coalesce(change_totals.is_uncertain, false) then null
            else coalesce(change_totals.{{ name }}_pop, 0)
        end as {{ name }}_pop,
        {% endfor %}
        opening_p.poor_pop as opening_poor_pop,
        case when counties.has_persons and counties.has_households then person_totals.poor_pop end
        as poor_pop,
        opening_hh.poor_hh as opening_poor_hh,
        case when counties.has_households then household_totals.poor_hh end as poor_hh,
        case when counties.prior_hh is not null and counties.prior_p is not null
            then person_totals.returned_pop end as returned_pop,
        case when counties.prior_hh is not null then household_totals.returned_hh end
        as returned_hh,
        case when counties.prior_hh is not null and counties.prior_p is not null
            then coalesce(exits.exited_pop, 0) + coalesce(person_totals.passing_pop, 0) end
        as exited_pop,
        case when counties.prior_hh is not null then household_totals.exited_hh end as exited_hh,
        {% for name in ['gone_hh', 'gone_poor_hh'] %}
        case
            when counties.prior_hh is null or not counties.has_changes then null
            when coalesce(change_totals.is_uncertain, false) then null
            else coalesce(taken_off_totals.{{ name }}, 0)
        end as {{ name }},
        {% endfor %}
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ row_id('1', 'counties') }} as record_id
    from counties
    left join person_totals using (county_code, period)
    left join household_totals using (county_code, period)
    left join change_totals using (county_code, period)
    left join exits using (county_code, period)
    left join taken_off_totals using (county_code, period)
    left join person_totals as opening_p
        on
            counties.county_code = opening_p.county_code
            and counties.prior_p = opening_p.period
    left join household_totals as opening_hh
        on
            counties.county_code = opening_hh.county_code
            and counties.prior_hh = opening_hh.period
)

select * from final
