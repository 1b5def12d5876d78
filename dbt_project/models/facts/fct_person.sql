-- One row per county, period and person, live or not; no name, no number, no full date of birth.
with

persons as (
    select * from {{ ref('rec_person') }}
    where is_first
)

select
    county_code || '-' || person_code as person_key,
    county_code,
    period,
    as_of,
    {{ filed_columns('p', without=['birth_date']) }},
    cast(year(birth_date) as integer) as birth_year,
    age,
    school_age,
    is_live,
    on_roll,
    is_still_poor,
    village_code,
    main_cause,
    {{ provenance() }}
from persons
