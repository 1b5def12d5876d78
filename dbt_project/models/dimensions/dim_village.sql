-- One row per county and village that a village or household table names, as last filed.
with

from_households as (
    select
        county_code,
        village_code,
        village_name,
        town_code,
        town_name,
        period,
        count(*) as n_rows
    from {{ ref('stg_filings__households') }}
    where village_code is not null
    group by county_code, village_code, village_name, town_code, town_name, period
),

named as (
    select
        *,
        row_number() over (
            partition by county_code, village_code
            order by period desc, n_rows desc, village_name, town_name
        ) as choice
    from from_households
),

described as (
    select
        county_code,
        village_code,
        village_attr,
        is_exited,
        exit_year,
        row_number() over (
            partition by county_code, village_code order by period desc, row_no
        ) as choice
    from {{ ref('stg_filings__villages') }}
    where is_first
),

seen as (
    select
        county_code,
        village_code,
        period
    from from_households
    union all
    select
        county_code,
        village_code,
        period
    from {{ ref('stg_filings__villages') }}
),

villages as (
    select
        county_code,
        village_code,
        min(period) as first_period,
        max(period) as last_period
    from seen
    group by county_code, village_code
)

select
    villages.county_code || '-' || villages.village_code as village_key,
    villages.county_code,
    villages.village_code,
    named.village_name,
    named.town_code,
    named.town_name,
    described.village_attr,
    described.is_exited,
    described.exit_year,
    villages.first_period,
    villages.last_period
from villages
left join named
    on
        villages.county_code = named.county_code
        and villages.village_code = named.village_code
        and named.choice = 1
left join described
    on
        villages.county_code = described.county_code
        and villages.village_code = described.village_code
        and described.choice = 1
