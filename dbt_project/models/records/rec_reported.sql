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
        row_number() over (
            partition by county_code, period, indicator, is_own, coalesce(as_of <= period_end, false)
            order by as_of desc, batch_id desc, row_no desc
        ) = 1 and coalesce(as_of <= period_end, false) as is_latest
    from figures
),

final as (
    select
        *,
        cast(value as decimal(24, 6)) * base_factor as base_value,
        cast(value_low as decimal(24, 8)) * base_factor as base_low,
        cast(value_high as decimal(24, 8)) * base_factor as base_high
    from dated
)

select * from final
