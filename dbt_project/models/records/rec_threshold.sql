{{ config(materialized='table') }}
-- One row per county, kind and month for which a threshold is known: the nearest area's value.
with

thresholds as (
    select * from {{ ref('thresholds') }}
),

counties as (
    select county_code from {{ ref('rec_filing') }}
    union distinct
    select county_code from {{ source('receipts', 'submission') }}
),

spans as (
    select
        min(thresholds.valid_from) as first_month,
        -- To the end of the last filed year, and of the last year that a threshold names.
        greatest(
            max(thresholds.valid_from),
            coalesce(max(filings.as_of), max(thresholds.valid_from))
        ) as last_day
    from thresholds
    left join (select max(as_of) as as_of from {{ ref('rec_filing') }}) as filings on true
),

months as (
    {{ months_between(
        "(select first_month from spans)",
        "(select make_date(cast(year(last_day) as integer), 12, 1) from spans)"
    ) }}
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
        thresholds.kind,
        months.month,
        thresholds.value,
        row_number() over (
            partition by areas.county_code, thresholds.kind, months.month
            order by areas.distance, thresholds.valid_from desc
        ) as choice
    from areas
    inner join thresholds on areas.area_code = thresholds.area_code
    inner join months
        on
            months.month >= thresholds.valid_from
            and months.month <= coalesce(thresholds.valid_to, months.month)
)

select
    county_code,
    kind,
    month,
    value
from candidates
where choice = 1
