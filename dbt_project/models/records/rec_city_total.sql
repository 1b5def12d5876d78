{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per figure that a prefecture reported, with the sum of its counties' at the same data date.
with

-- What is counted or paid adds up over counties; rates and numbers of kinds do not.
reported as (
    select * from {{ ref('rec_reported') }}
    where is_own and unit is distinct from '%' and indicator <> 'issue_categories'
),

figures as (
    select
        county_code,
        period,
        indicator,
        as_of,
        base_low,
        base_high,
        base_value,
        is_latest,
        record_id,
        row_number() over (
            partition by county_code, period, indicator, as_of order by batch_id desc, row_no desc
        ) as choice
    from reported
),

cities as (
    select * from figures
    where
        choice = 1
        and is_latest
        and right(county_code, 2) = '00'
        and right(county_code, 4) <> '0000'
),

filings as (
    {{ filings_until_next(['agg']) }}
),

counties as (
    select
        cities.record_id,
        count(*) as county_count,
        {{ sum_of_all('figures.base_low') }} as counties_low,
        {{ sum_of_all('figures.base_high') }} as counties_high,
        {{ sum_of_all('figures.base_value') }} as counties_value
    from cities
    inner join filings
        on
            left(cities.county_code, 4) = left(filings.county_code, 4)
            and {{ is_latest_elsewhere('cities', 'filings') }}
    inner join figures
        on
            filings.county_code = figures.county_code
            and filings.period = figures.period
            and cities.indicator = figures.indicator
            and cities.as_of = figures.as_of
            and figures.choice = 1
    group by cities.record_id
),

final as (
    select
        reported.*,
        coalesce(counties.county_count, 0) as county_count,
        counties.counties_low,
        counties.counties_high,
        counties.counties_value
    from cities
    inner join reported on cities.record_id = reported.record_id
    left join counties on cities.record_id = counties.record_id
)

select * from final
