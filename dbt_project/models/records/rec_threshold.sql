{{ config(materialized='table') }}
-- One row per county, kind and span of days in which one threshold holds: the nearest area's value.
with

thresholds as (
    select * from {{ ref('thresholds') }}
),

counties as (
    select county_code from {{ ref('rec_filing') }}
    union distinct
    select county_code from {{ source('receipts', 'submission') }}
),

-- County, prefecture, province, nation: the most local that is valid decides.
areas as (
    select
        county_code,
        county_code as area_code,
        1 as distance
    from counties
    union all
    select
        county_code,
        left(county_code, 4) || '00' as area_code,
        2 as distance
    from counties
    union all
    select
        county_code,
        left(county_code, 2) || '0000' as area_code,
        3 as distance
    from counties
    union all
    select
        county_code,
        '000000' as area_code,
        4 as distance
    from counties
),

candidates as (
    select
        areas.county_code,
        areas.distance,
        thresholds.kind,
        thresholds.valid_from,
        thresholds.valid_to,
        thresholds.value
    from areas
    inner join thresholds on areas.area_code = thresholds.area_code
),

-- Another threshold may decide from the day on which one begins, or the day after one ends.
turns as (
    select
        county_code,
        kind,
        valid_from as starts_on
    from candidates
    union distinct
    select
        county_code,
        kind,
        cast(valid_to + interval 1 day as date) as starts_on
    from candidates
    where valid_to is not null
),

spans as (
    select
        county_code,
        kind,
        starts_on,
        lead(starts_on) over (partition by county_code, kind order by starts_on) as next_on
    from turns
),

chosen as (
    select
        spans.county_code,
        spans.kind,
        spans.starts_on,
        spans.next_on,
        candidates.value,
        row_number() over (
            partition by spans.county_code, spans.kind, spans.starts_on
            order by candidates.distance, candidates.valid_from desc
        ) as choice
    from spans
    inner join candidates
        on
            spans.county_code = candidates.county_code
            and spans.kind = candidates.kind
            and spans.starts_on >= candidates.valid_from
            and spans.starts_on <= coalesce(candidates.valid_to, spans.starts_on)
)

select
    county_code,
    kind,
    starts_on as valid_from,
    cast(next_on - interval 1 day as date) as valid_to,
    value
from chosen
where choice = 1
