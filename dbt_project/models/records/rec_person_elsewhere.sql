{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per county, period, id and other county in whose latest filing the same id is live.
with

filings as (
    {{ filings_until_next(['p']) }}
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
        persons.id_no_key,
        filings.as_of,
        filings.next_period
    from {{ ref('rec_person') }} as persons
    inner join shared on persons.id_no_key = shared.id_no_key
    inner join filings
        on
            persons.county_code = filings.county_code
            and persons.period = filings.period
    where persons.is_live
),

-- Who of them the county says to have married or moved in, by any filing up to that one.
arrivals as (
    select
        persons.county_code,
        persons.period,
        persons.id_no_key,
        max(changes.change_reason) as arrival_reason,
        max(changes.change_date) as arrived_on
    from {{ ref('rec_person') }} as persons
    inner join shared on persons.id_no_key = shared.id_no_key
    inner join {{ ref('stg_filings__member_changes') }} as changes
        on
            persons.county_code = changes.county_code
            and persons.period >= changes.period
            and persons.person_code = changes.person_code
    where persons.is_live and changes.change_reason in ('婚入', '迁入')
    group by persons.county_code, persons.period, persons.id_no_key
),

final as (
    select
        here.county_code,
        here.period,
        here.as_of,
        here.id_no_key,
        there.county_code as other_county_code,
        there.period as other_period,
        arrivals.arrival_reason,
        arrivals.arrived_on,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('here.id_no_key, there.county_code', 'here') }} as record_id
    from holders as here
    inner join holders as there
        on
            here.id_no_key = there.id_no_key
            and {{ is_latest_elsewhere('here', 'there') }}
    left join arrivals
        on
            there.county_code = arrivals.county_code
            and there.period = arrivals.period
            and there.id_no_key = arrivals.id_no_key
)

select * from final
