{{ config(materialized='table') }}
-- One row per accepted row of the person table, live or not.
with

persons as (
    select
        *,
        {{ is_live('member_status') }} as is_live
    from {{ ref('stg_filings__persons') }}
),

households as (
    select
        county_code,
        period,
        household_code,
        on_roll,
        is_still_poor,
        village_code,
        main_cause
    from {{ ref('rec_household') }}
    where is_first
),

-- The latest household filing before this one, whether or not this period has one.
earlier_filings as (
    select
        persons.county_code,
        persons.period,
        max(household_filings.period) as prior_period
    from {{ ref('rec_filing') }} as persons
    inner join {{ ref('rec_filing') }} as household_filings
        on
            persons.county_code = household_filings.county_code
            and persons.period > household_filings.period
    where persons.table_name = 'p' and household_filings.table_name = 'hh'
    group by persons.county_code, persons.period
),

were_on_roll as (
    select
        earlier_filings.county_code,
        earlier_filings.period,
        households.household_code
    from earlier_filings
    inner join households
        on
            earlier_filings.county_code = households.county_code
            and earlier_filings.prior_period = households.period
    where households.on_roll
),

person_filings as (
    select
        county_code,
        period,
        prior_period
    from {{ ref('rec_filing') }}
    where table_name = 'p'
),

holders as (
    select
        county_code,
        period,
        id_no_key,
        count(distinct person_code) as id_person_count
    from {{ ref('stg_filings__persons') }}
    where {{ is_live('member_status') }} and id_no_key is not null
    group by county_code, period, id_no_key
),

-- One person entered twice in a household: the same name and birthday, another code or number.
namesakes as (
    select
        county_code,
        period,
        household_code,
        {{ without_blanks('name') }} as full_name,
        birth_date,
        count(distinct person_code || '|' || coalesce(id_no_key, '')) as namesake_count
    from {{ ref('stg_filings__persons') }}
    where {{ is_live('member_status') }} and name is not null and birth_date is not null
    group by county_code, period, household_code, {{ without_blanks('name') }}, birth_date
),

-- Every county code that was ever in use, and the counties of this warehouse.
areas as (
    select area_code from {{ ref('area_codes') }}
    union distinct
    select region_code as area_code from {{ ref('dim_region') }}
    where level = 'county'
),

monitored as (
    select
        county_code,
        period,
        household_code,
        max(case when not risk_eliminated then 1 else 0 end) = 1 as is_open,
        count(*) > count(risk_eliminated) as is_unknown
    from {{ ref('rec_monitoring') }}
    group by county_code, period, household_code
),

final as (
    select
        persons.*,
        -- A person without a household is on nobody's roll (H002 says so).
        coalesce(households.on_roll, false) as on_roll,
        case when households.household_code is null then false else households.is_still_poor end
        as is_still_poor,
        were_on_roll.household_code is not null as household_was_on_roll,
        person_filings.prior_period is not null as has_prior_filing,
        households.village_code,
        left(households.village_code, 9) as town_code,
        households.main_cause,
        case
            when households.on_roll or monitored.is_open then true
            when not coalesce(monitored.is_unknown, false) then false
        end as is_supported,
        -- The key by which registers know the person: of a citizen number that fits its check
        -- character and that nobody else has. By any other number a match could be somebody else's.
        case
            when
                persons.is_live
                and {{ id_checksum_ok('persons.id_no') }}
                and left(persons.id_no, 6) <> '999999'
                and holders.id_person_count = 1
                then persons.id_no_key
        end as register_key,
        {{ full_years('persons.birth_date', 'persons.as_of') }} as age,
        {{ full_years('persons.birth_date', school_year_start('persons.as_of')) }} as school_age,
        cast(length(persons.id_no) as integer) as id_length,
        {{ id_checksum_ok('persons.id_no') }} as id_checksum_ok,
        case when length(persons.id_no) >= 14 then substr(persons.id_no, 7, 8) end as id_birth_text,
        {{ id_gender('persons.id_no') }} as id_gender,
        case when length(persons.id_no) >= 20 then substr(persons.id_no, 19, 2) end as id_cert_kind,
        {{ school_grade('persons.student_status', 'low') }} as school_grade_low,
        {{ school_grade('persons.student_status', 'high') }} as school_grade_high,
        -- No live holder is a count of none, no number is no count.
        case when persons.id_no_key is not null then coalesce(holders.id_person_count, 0) end
        as id_person_count,
        case when length(persons.id_no) >= 6 then areas.area_code is not null end as id_area_known,
        -- No live entry of that name and birthday is a count of none, a missing one is no count.
        case
            when persons.name is not null and persons.birth_date is not null
                then coalesce(namesakes.namesake_count, 0)
        end as namesake_count
    from persons
    left join households using (county_code, period, household_code)
    left join were_on_roll using (county_code, period, household_code)
    left join person_filings using (county_code, period)
    left join holders using (county_code, period, id_no_key)
    left join monitored using (county_code, period, household_code)
    left join areas on left(persons.id_no, 6) = areas.area_code
    left join namesakes
        on
            persons.county_code = namesakes.county_code
            and persons.period = namesakes.period
            and persons.household_code = namesakes.household_code
            and {{ without_blanks('persons.name') }} = namesakes.full_name
            and persons.birth_date = namesakes.birth_date
)

select * from final
