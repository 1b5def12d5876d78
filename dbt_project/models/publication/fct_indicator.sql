{{ config(schema='main') }}
{#-
A vintage is the number of the publication in which the row first stood. Rows of earlier
publications are carried unchanged; tonight's figure adds a row only where it differs from the
newest row of its key. Current is the newest row with a value since the figure was last empty, else
the newest row: a doubt leaves the last good figure standing, but one that has nobody left to count
is no longer what it was. An empty row is a held one whose base is known to be zero.
-#}
-- One row per region, period, indicator, breakdown and vintage.
with

history as (
    select * from {{ source('history', 'fct_indicator') }}
),

publication as (
    select coalesce(max(vintage), 0) + 1 as vintage from {{ source('history', 'meta_refresh') }}
),

tonight as (
    select
        region_code,
        period,
        indicator_code,
        breakdown,
        case when is_empty then 0 when not is_held then numerator end as numerator,
        case when is_empty then 0 when not is_held then denominator end as denominator,
        case when not is_held then value end as value,
        unit,
        as_of,
        case when is_held then 'held' else 'published' end as status,
        reason_zh,
        is_sample,
        is_empty
    from {{ ref('pub_county_figure') }}

    union all

    select
        region_code,
        period,
        indicator_code,
        breakdown,
        case when is_empty then 0 when status <> 'held' then numerator end as numerator,
        case when is_empty then 0 when status <> 'held' then denominator end as denominator,
        case when status <> 'held' then value end as value,
        unit,
        as_of,
        status,
        reason_zh,
        is_sample,
        is_empty
    from {{ ref('pub_city_figure') }}
),

newest as (
    select
        *,
        row_number() over (
            partition by region_code, period, indicator_code, breakdown order by vintage desc
        ) as recency
    from history
),

-- A breakdown without anybody in it has no row, unless it stood before.
changed as (
    select tonight.*
    from tonight
    left join newest
        on
            tonight.region_code = newest.region_code
            and tonight.period = newest.period
            and tonight.indicator_code = newest.indicator_code
            and tonight.breakdown = newest.breakdown
            and newest.recency = 1
    where
        case
            when newest.region_code is null
                then tonight.breakdown = '' or not coalesce(tonight.is_empty, false)
            else
                tonight.status is distinct from newest.status
                or tonight.numerator is distinct from newest.numerator
                or tonight.denominator is distinct from newest.denominator
                or tonight.value is distinct from newest.value
                or tonight.unit is distinct from newest.unit
                or tonight.as_of is distinct from newest.as_of
                or tonight.reason_zh is distinct from newest.reason_zh
                or tonight.is_sample is distinct from newest.is_sample
        end
),

vintages as (
    select
        region_code,
        period,
        indicator_code,
        breakdown,
        vintage,
        numerator,
        denominator,
        value,
        unit,
        as_of,
        status,
        reason_zh,
        is_sample
    from history

    union all

    select
        changed.region_code,
        changed.period,
        changed.indicator_code,
        changed.breakdown,
        publication.vintage,
        changed.numerator,
        changed.denominator,
        changed.value,
        changed.unit,
        changed.as_of,
        changed.status,
        changed.reason_zh,
        changed.is_sample
    from changed
    cross join publication
),

weighed as (
    select
        *,
        max(case when status = 'held' and denominator = 0 then vintage end) over (
            partition by region_code, period, indicator_code, breakdown
        ) as empty_vintage
    from vintages
),

final as (
    select
        region_code,
        period,
        indicator_code,
        breakdown,
        cast(vintage as integer) as vintage,
        cast(numerator as decimal(38, 8)) as numerator,
        cast(denominator as decimal(38, 8)) as denominator,
        value,
        unit,
        as_of,
        status,
        reason_zh,
        row_number() over (
            partition by region_code, period, indicator_code, breakdown
            order by
                case when status <> 'held' and vintage > coalesce(empty_vintage, 0) then 0 else 1 end,
                vintage desc
        ) = 1 as is_current,
        is_sample
    from weighed
)

select * from final
