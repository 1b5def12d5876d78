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
        households.village_code,
        households.main_cause,
        {{ full_years('persons.birth_date', 'persons.as_of') }} as age,
        {{ full_years('persons.birth_date', school_year_start('persons.as_of')) }} as school_age,
        cast(length(persons.id_no) as integer) as id_length,
        {{ id_checksum_ok('persons.id_no') }} as id_checksum_ok,
        case when length(persons.id_no) >= 14 then substr(persons.id_no, 7, 8) end as id_birth_text,
        {{ id_gender('persons.id_no') }} as id_gender,
        case when length(persons.id_no) >= 20 then substr(persons.id_no, 19, 2) end as id_cert_kind,
        -- No live holder is a count of none, no number is no count.
        case when persons.id_no_key is not null then coalesce(holders.id_person_count, 0) end
        as id_person_count
    from persons
    left join households using (county_code, period, household_code)
    left join holders using (county_code, period, id_no_key)
)

select * from final
