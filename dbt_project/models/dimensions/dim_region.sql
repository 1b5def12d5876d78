{{ config(meta={'compares_counties': true}) }}
-- One row per division and validity: the seed, and counties that only a filing knows.
with

regions as (
    select * from {{ ref('regions') }}
),

-- The name that the newest filing gives most rows, where it is one of a county: a telephone number
-- that stood there became the title of messages.
counted_names as (
    select
        county_code,
        county_name,
        period,
        count(*) as n_rows
    from {{ ref('stg_filings__households') }}
    where {{ is_county_name('county_name') }}
    group by county_code, county_name, period
),

filed_names as (
    select
        county_code,
        county_name,
        row_number() over (
            partition by county_code order by period desc, n_rows desc, county_name
        ) as choice
    from counted_names
),

filing_counties as (
    select county_code from {{ source('receipts', 'filing') }}
    union distinct
    select county_code from {{ source('receipts', 'submission') }}
),

seeded as (
    select
        regions.region_code,
        -- Invented counties are called what their filing calls them.
        case
            when regions.is_sample and regions.level = 'county'
                then coalesce(filed_names.county_name, regions.region_name)
            else regions.region_name
        end as region_name,
        regions.level,
        regions.parent_region_code,
        regions.valid_from,
        regions.valid_to,
        regions.is_sample
    from regions
    left join filed_names
        on regions.region_code = filed_names.county_code and filed_names.choice = 1
),

filed as (
    select
        filing_counties.county_code as region_code,
        coalesce(filed_names.county_name, filing_counties.county_code) as region_name,
        'county' as level,
        coalesce(prefectures.region_code, provinces.region_code, '000000') as parent_region_code,
        cast('2010-01-01' as date) as valid_from,
        cast(null as date) as valid_to,
        left(filing_counties.county_code, 2) = '99' as is_sample
    from filing_counties
    left join filed_names
        on filing_counties.county_code = filed_names.county_code and filed_names.choice = 1
    left join regions as known on filing_counties.county_code = known.region_code
    left join regions as prefectures
        on left(filing_counties.county_code, 4) || '00' = prefectures.region_code
    left join regions as provinces
        on left(filing_counties.county_code, 2) || '0000' = provinces.region_code
    where known.region_code is null
)

select * from seeded
union all
select * from filed
