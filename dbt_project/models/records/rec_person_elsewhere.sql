{{ config(materialized='table') }}
-- One row per county, period, id and other county in whose latest filing the same id is live.
with

filings as (
    select
        county_code,
        period,
        as_of
    from {{ ref('rec_filing') }}
    where table_name = 'p'
),

-- Each county against every other county's latest filing that is not after the period.
pairs as (
    select
        here.county_code,
        here.period,
        here.as_of,
        elsewhere.county_code as other_county_code,
        max(elsewhere.period) as other_period
    from filings as here
    inner join filings as elsewhere
        on
            here.county_code <> elsewhere.county_code
            and here.period >= elsewhere.period
    group by here.county_code, here.period, here.as_of, elsewhere.county_code
),

-- Only ids that more than one county ever filed can meet.
shared as (
    select id_no_key
    from {{ ref('rec_person') }}
    where is_live and id_no_key is not null
    group by id_no_key
    having min(county_code) <> max(county_code)
),

holders as (
    select distinct
        persons.county_code,
        persons.period,
        persons.id_no_key
    from {{ ref('rec_person') }} as persons
    inner join shared on persons.id_no_key = shared.id_no_key
    where persons.is_live
),

final as (
    select
        pairs.county_code,
        pairs.period,
        pairs.as_of,
        here.id_no_key,
        pairs.other_county_code,
        pairs.other_period,
        cast(null as {{ dbt.type_string() }}) as submission_id,
        cast(null as {{ dbt.type_string() }}) as source_file,
        cast(null as {{ dbt.type_string() }}) as source_sheet,
        cast(null as bigint) as source_row,
        cast(null as bigint) as row_no,
        true as is_first,
        row_number() over (
            order by pairs.county_code, pairs.period, here.id_no_key, pairs.other_county_code
        ) as record_id
    from pairs
    inner join holders as here
        on
            pairs.county_code = here.county_code
            and pairs.period = here.period
    inner join holders as there
        on
            pairs.other_county_code = there.county_code
            and pairs.other_period = there.period
            and here.id_no_key = there.id_no_key
)

select * from final
