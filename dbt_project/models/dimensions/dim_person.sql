-- One row per county and person code, as last filed; no name, no number, no full date of birth.
with

persons as (
    select
        *,
        row_number() over (
            partition by county_code, person_code order by period desc, row_no
        ) as choice,
        min(period) over (partition by county_code, person_code) as first_period,
        max(period) over (partition by county_code, person_code) as last_period
    from {{ ref('rec_person') }}
    where is_first
),

filings as (
    select
        county_code,
        max(period) as last_filing
    from {{ ref('rec_filing') }}
    where table_name = 'p'
    group by county_code
)

select
    persons.county_code || '-' || persons.person_code as person_key,
    persons.person_code,
    persons.household_code,
    persons.county_code,
    persons.gender,
    cast(year(persons.birth_date) as integer) as birth_year,
    persons.relation,
    persons.ethnicity,
    persons.id_no_key,
    persons.first_period,
    persons.last_period,
    persons.last_period = filings.last_filing and persons.is_live as is_current
from persons
inner join filings using (county_code)
where persons.choice = 1
