-- One row per city, period, indicator and breakdown: the ratio of sums over its counties that
-- ever filed, with the counties that are held or missing named.
with

county_figures as (
    select * from {{ ref('pub_county_figure') }}
),

deliveries as (
    select distinct county_code from {{ ref('fct_submission') }}
    where status not in {{ does_not_count() }} and status <> 'withdrawn'
),

regions as (
    select * from {{ ref('dim_region') }}
),

cities as (
    select distinct region_code from regions where level = 'city'
),

keys as (
    select distinct
        period,
        as_of,
        indicator_code,
        breakdown,
        kind,
        unit,
        factor
    from county_figures
),

-- The counties that a city's figure should cover, by the division in force on the data date.
expected as (
    select
        keys.*,
        regions.parent_region_code as city_code,
        regions.region_code as county_code,
        regions.region_name as county_name
    from keys
    cross join deliveries
    inner join regions
        on
            deliveries.county_code = regions.region_code
            and keys.as_of >= regions.valid_from
            and keys.as_of <= coalesce(regions.valid_to, keys.as_of)
    inner join cities on regions.parent_region_code = cities.region_code
),

covered as (
    select
        expected.*,
        figures.is_sample,
        figures.region_code is null as is_missing,
        coalesce(figures.is_held and not figures.is_empty, false) as is_held,
        case when not figures.is_held or figures.is_empty then figures.numerator_sum end
            as numerator_part,
        case when not figures.is_held or figures.is_empty then figures.denominator_sum end
            as denominator_part,
        case when not figures.is_held or figures.is_empty then figures.weight_sum end
            as weight_part
    from expected
    left join county_figures as figures
        on
            expected.county_code = figures.region_code
            and expected.period = figures.period
            and expected.indicator_code = figures.indicator_code
            and expected.breakdown = figures.breakdown
),

named as (
    select
        *,
        -- Null for a county that is covered: joined texts leave nulls out.
        case
            when is_missing then county_name || '(未报送)'
            when is_held then county_name || '(暂缓发布)'
        end as gap_zh
    from covered
),

sums as (
    select
        city_code,
        period,
        as_of,
        indicator_code,
        breakdown,
        kind,
        unit,
        factor,
        bool_or(coalesce(is_sample, false)) as is_sample,
        count(*) as n_counties,
        count(*) filter (where not is_missing and not is_held) as n_covered,
        {{ joined('gap_zh', '、', 'county_code') }} as gaps_zh,
        sum(numerator_part) as numerator_sum,
        sum(denominator_part) as denominator_sum,
        sum(weight_part) as weight_sum
    from named
    group by city_code, period, as_of, indicator_code, breakdown, kind, unit, factor
),

terms as (
    select
        *,
        {{ figure_base() }} as base,
        {{ figure_term('numerator_sum') }} as numerator,
        {{ figure_term('denominator_sum') }} as denominator
    from sums
),

final as (
    select
        city_code as region_code,
        period,
        as_of,
        indicator_code,
        breakdown,
        unit,
        numerator,
        denominator,
        {{ figure_value() }} as value,
        is_sample,
        coalesce(base = 0, false) and n_covered = n_counties as is_empty,
        case
            when n_covered = 0 or {{ figure_value() }} is null then 'held'
            when n_covered < n_counties then 'partial'
            else 'published'
        end as status,
        case
            when n_covered = 0 then '没有可以发布的县:' || gaps_zh
            when n_covered < n_counties
                then
                    '覆盖' || n_covered || '/' || n_counties || '个县,缺:' || gaps_zh
            when {{ figure_value() }} is null then '分母为零,没有可计算的对象'
        end as reason_zh
    from terms
)

select * from final
