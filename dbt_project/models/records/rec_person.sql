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

final as (
    select
        persons.*,
        -- A person without a household is on nobody's roll (H002 says so).
        coalesce(households.on_roll, false) as on_roll,
        case when households.household_code is null then false else households.is_still_poor end
        as is_still_poor,
        were_on_roll.household_code is not null as household_was_on_roll,
        households.village_code,
        households.main_cause,
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
        as id_person_count
    from persons
    left join households using (county_code, period, household_code)
    left join were_on_roll using (county_code, period, household_code)
    left join holders using (county_code, period, id_no_key)
)

select * from final
