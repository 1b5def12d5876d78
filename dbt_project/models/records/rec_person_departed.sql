{{ config(materialized='table') }}
-- One row per live person of a county's previous person filing who is in the present one no more.
with

filings as (
    select * from {{ ref('rec_filing') }}
    where table_name = 'p' and prior_period is not null
),

persons as (
    select * from {{ ref('rec_person') }}
),

present as (
    select distinct
        county_code,
        period,
        person_code
    from persons
),

final as (
    select
        filings.county_code,
        filings.period,
        filings.as_of,
        filings.prior_period,
        {{ filed_columns('p', 'persons', without=[], all=true) }},
        {{ provenance('persons') }},
        persons.row_no,
        persons.is_first,
        persons.is_live,
        persons.on_roll,
        persons.is_still_poor,
        persons.village_code,
        persons.record_id,
        persons.absent_columns
    from filings
    inner join persons
        on
            filings.county_code = persons.county_code
            and filings.prior_period = persons.period
    left join present
        on
            filings.county_code = present.county_code
            and filings.period = present.period
            and persons.person_code = present.person_code
    where persons.is_live and present.person_code is null
)

select * from final
