{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per rate that a county reported, beside the latest of the other counties of its province.
with

filings as (
    select
        county_code,
        period,
        left(county_code, 2) as province
    from {{ ref('rec_filing') }}
    where table_name = 'agg' and right(county_code, 2) <> '00'
),

moments as (
    select distinct
        province,
        period
    from filings
),

-- Decision 6: of each county the latest filing that is not after the period.
standing as (
    select
        moments.province,
        moments.period as moment,
        filings.county_code,
        max(filings.period) as period
    from moments
    inner join filings
        on
            moments.province = filings.province
            and moments.period >= filings.period
    group by moments.province, moments.period, filings.county_code
),

reported as (
    select * from {{ ref('rec_reported') }}
    where is_own and is_latest and unit = '%' and value is not null
),

rates as (
    select
        county_code,
        period,
        indicator,
        value,
        record_id,
        row_number() over (
            partition by county_code, period, indicator order by row_no desc
        ) as choice
    from reported
),

figures as (
    select
        standing.province,
        standing.moment,
        standing.county_code,
        standing.period,
        rates.indicator,
        rates.record_id,
        cast(rates.value as double) as figure
    from standing
    inner join rates
        on
            standing.county_code = rates.county_code
            and standing.period = rates.period
            and rates.choice = 1
),

centres as (
    select
        province,
        moment,
        indicator,
        count(*) as peer_count,
        cast(median(figure) as double) as peer_median
    from figures
    group by province, moment, indicator
),

spreads as (
    select
        figures.province,
        figures.moment,
        figures.indicator,
        cast(median(abs(figures.figure - centres.peer_median)) as double) as peer_spread
    from figures
    inner join centres using (province, moment, indicator)
    group by figures.province, figures.moment, figures.indicator
),

-- 0.6745 is the spread of a normal distribution in units of its standard deviation.
deviations as (
    select
        figures.*,
        centres.peer_count,
        centres.peer_median,
        spreads.peer_spread,
        0.6745 * abs(figures.figure - centres.peer_median) / nullif(spreads.peer_spread, 0)
        as deviation
    from figures
    inner join centres using (province, moment, indicator)
    inner join spreads using (province, moment, indicator)
),

ranked as (
    select
        *,
        exp(-least(deviation, 30) * least(deviation, 30) / 2) as chance,
        row_number() over (
            partition by province, moment order by deviation desc, county_code, indicator
        ) as chance_rank,
        count(*) over (partition by province, moment) as figure_count
    from deviations
    where deviation is not null
),

rated as (
    select
        *,
        {{ false_discovery_rate('chance', 'chance_rank', 'figure_count', 'province, moment') }}
        as false_discovery_rate
    from ranked
),

final as (
    select
        reported.*,
        deviations.peer_count,
        deviations.peer_median,
        deviations.peer_spread,
        deviations.deviation,
        rated.false_discovery_rate
    from deviations
    inner join reported on deviations.record_id = reported.record_id
    left join rated
        on
            deviations.record_id = rated.record_id
            and deviations.moment = rated.moment
    where deviations.moment = deviations.period
)

select * from final
