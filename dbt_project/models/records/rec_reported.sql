{{ config(materialized='table') }}
-- One row per reported figure, in base units, with the figures that agg['x'] means marked.
with

figures as (
    select
        *,
        coalesce(filed_county_code = county_code, true) as is_own,
        cast(
            case
                when unit = '亿元' then 100000000
                when unit = '万元' then 10000
                when unit is not null then 1
            end as decimal(10, 0)
        ) as base_factor
    from {{ ref('stg_filings__reported_aggregates') }}
),

-- The latest data date that is not after the period's end; a figure without a date is none.
dated as (
    select
        *,
        coalesce(as_of <= period_end, false)
        and row_number() over (
            partition by county_code, period, indicator, is_own, coalesce(as_of <= period_end, false)
            order by as_of desc, batch_id desc, row_no desc
        ) = 1 as is_latest
    from figures
),

-- What the shares of one whole are shares of: the parts' own denominator where they agree on one.
part_bases as (
    select
        county_code,
        period,
        parent,
        as_of,
        count(den) as den_count,
        case when min(den) = max(den) then max(den) end as den
    from dated
    where is_own and is_latest and unit = '%' and parent is not null
    group by county_code, period, parent, as_of
),

wholes as (
    select
        county_code,
        period,
        indicator,
        den
    from dated
    where is_own and is_latest
),

group_bases as (
    select
        part_bases.county_code,
        part_bases.period,
        part_bases.parent,
        part_bases.as_of,
        case when part_bases.den_count > 0 then part_bases.den else wholes.den end as group_den
    from part_bases
    left join wholes
        on
            part_bases.county_code = wholes.county_code
            and part_bases.period = wholes.period
            and part_bases.parent = wholes.indicator
),

-- How many towns have to report for their sum to be the county's.
towns as (
    select
        county_code,
        period,
        count(distinct left(village_code, 9)) as town_count
    from {{ ref('stg_filings__villages') }}
    where is_first
    group by county_code, period
),

final as (
    select
        dated.*,
        cast(dated.value as decimal(24, 6)) * dated.base_factor as base_value,
        cast(dated.value_low as decimal(24, 8)) * dated.base_factor as base_low,
        cast(dated.value_high as decimal(24, 8)) * dated.base_factor as base_high,
        group_bases.group_den,
        towns.town_count
    from dated
    left join group_bases using (county_code, period, parent, as_of)
    left join towns using (county_code, period)
)

select * from final
