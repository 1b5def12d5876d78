{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per spell of work in another county that reports about this county's people in its own table.
with

spells as (
    select * from {{ ref('stg_filings__employment') }}
    where is_working
),

regions as (
    select distinct
        region_code,
        region_name
    from {{ ref('dim_region') }}
    where level = 'county' and valid_to is null
),

-- A name that two counties bear names neither.
named as (
    select
        region_name,
        min(region_code) as region_code
    from regions
    group by region_name
    having count(distinct region_code) = 1
),

placed as (
    select
        spells.*,
        case
            when {{ is_digits('trim(spells.work_county)') }} then left(trim(spells.work_county), 6)
            else named.region_code
        end as work_county_code
    from spells
    left join named on trim(spells.work_county) = named.region_name
),

own_people as (
    select distinct
        county_code,
        period,
        person_code
    from {{ ref('rec_person') }}
),

-- Workers in a county's table who are none of its own: what it reports of people from elsewhere.
guests as (
    select distinct
        spells.county_code,
        spells.period,
        spells.person_code
    from spells
    left join own_people using (county_code, period, person_code)
    where own_people.person_code is null and spells.person_code is not null
),

filings as (
    {{ filings_until_next(['emp']) }}
),

fed_back as (
    select distinct
        own_people.county_code,
        own_people.period,
        guests.county_code as other_county_code,
        guests.person_code
    from guests
    inner join own_people on guests.person_code = own_people.person_code
    inner join filings as here
        on
            own_people.county_code = here.county_code
            and own_people.period = here.period
    inner join filings as there
        on
            guests.county_code = there.county_code
            and guests.period = there.period
            and {{ is_latest_elsewhere('here', 'there') }}
),

reporting as (
    select distinct
        county_code,
        period,
        other_county_code
    from fed_back
),

final as (
    select
        placed.*,
        fed_back.person_code is not null as is_confirmed
    from placed
    inner join reporting
        on
            placed.county_code = reporting.county_code
            and placed.period = reporting.period
            and placed.work_county_code = reporting.other_county_code
    left join fed_back
        on
            placed.county_code = fed_back.county_code
            and placed.period = fed_back.period
            and placed.work_county_code = fed_back.other_county_code
            and placed.person_code = fed_back.person_code
)

select * from final
