{{ config(schema='main') }}
{#-
A vintage is the number of the publication in which the row first stood. Rows of earlier
publications are carried unchanged; tonight's figure adds a row only where it differs from the
newest row of its key. Current is the newest row with a value since the figure was last empty, else
the newest row: a doubt leaves the last good figure standing, but one that has nobody left to count
is no longer what it was. An empty row is a held one whose base is known to be zero.

A row is void where the publication in which it first stood held a delivery that was withdrawn since,
of its county (or one of its city's) and of its period or an earlier one, which comparisons look back
to. A void row is never current, and what replaces it is a row of its own even if it says the same.
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

withdrawals as (
    select * from {{ source('receipts', 'withdrawal') }}
),

regions as (
    select * from {{ ref('dim_region') }}
),

touched as (
    select
        county_code as region_code,
        period,
        received_at,
        withdrawn_at
    from withdrawals

    union all

    select
        regions.parent_region_code as region_code,
        withdrawals.period,
        withdrawals.received_at,
        withdrawals.withdrawn_at
    from withdrawals
    inner join regions on withdrawals.county_code = regions.region_code
),

void as (
    select distinct
        history.region_code,
        history.period,
        history.indicator_code,
        history.breakdown,
        history.vintage
    from history
    inner join touched
        on
            history.region_code = touched.region_code
            and history.period >= touched.period
            and history.known_at >= touched.received_at
            and history.known_at < touched.withdrawn_at
),

weighed_history as (
    select
        history.*,
        void.vintage is not null as is_void,
        row_number() over (
            partition by
                history.region_code, history.period, history.indicator_code, history.breakdown
            order by history.vintage desc
        ) as recency
    from history
    left join void
        on
            history.region_code = void.region_code
            and history.period = void.period
            and history.indicator_code = void.indicator_code
            and history.breakdown = void.breakdown
            and history.vintage = void.vintage
),

newest as (
    select * from weighed_history where recency = 1
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
    where
        case
            when newest.region_code is null
                then tonight.breakdown = '' or not coalesce(tonight.is_empty, false)
            else
                newest.is_void
                or tonight.status is distinct from newest.status
                or tonight.numerator is distinct from newest.numerator
                or tonight.denominator is distinct from newest.denominator
                or tonight.value is distinct from newest.value
                or tonight.unit is distinct from newest.unit
                or tonight.as_of is distinct from newest.as_of
                or tonight.reason_zh is distinct from newest.reason_zh
                or tonight.is_sample is distinct from newest.is_sample
        end
),

-- Withdrawn with nothing before it to stand again: nothing is left to count.
withdrawn as (
    select newest.*
    from newest
    left join tonight
        on
            newest.region_code = tonight.region_code
            and newest.period = tonight.period
            and newest.indicator_code = tonight.indicator_code
            and newest.breakdown = tonight.breakdown
    where newest.is_void and tonight.region_code is null
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
        known_at,
        is_sample,
        is_void
    from weighed_history

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
        {{ newest_event() }} as known_at,
        changed.is_sample,
        false as is_void
    from changed
    cross join publication

    union all

    select
        withdrawn.region_code,
        withdrawn.period,
        withdrawn.indicator_code,
        withdrawn.breakdown,
        publication.vintage,
        null as numerator,
        null as denominator,
        null as value,
        withdrawn.unit,
        withdrawn.as_of,
        'held' as status,
        '报送已撤回' as reason_zh,
        {{ newest_event() }} as known_at,
        withdrawn.is_sample,
        false as is_void
    from withdrawn
    cross join publication
),

weighed as (
    select
        *,
        max(case when status = 'held' and denominator = 0 and not is_void then vintage end) over (
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
                case
                    when status <> 'held' and not is_void and vintage > coalesce(empty_vintage, 0)
                        then 0
                    else 1
                end,
                vintage desc
        ) = 1 as is_current,
        cast(known_at as varchar) as known_at,
        is_sample
    from weighed
)

select * from final
