{{ config(materialized='table') }}
-- One row per accepted row of the household table.
with

households as (
    select * from {{ ref('stg_filings__households') }}
),

villages as (
    select
        county_code,
        period,
        household_code,
        count(distinct village_code) as village_count
    from {{ ref('stg_filings__households') }}
    group by county_code, period, household_code
),

-- Divisions that the register of divisions knows under a code, and when they stood.
divisions as (
    select
        region_code,
        min(valid_from) as valid_from,
        max(coalesce(valid_to, cast('9999-12-31' as date))) as valid_to
    from {{ ref('dim_region') }}
    where level = 'county'
    group by region_code
),

final as (
    select
        households.*,
        -- Whatever is not said to stand beside the roll stands on it.
        households.household_type is distinct from '一般农户' as on_roll,
        households.household_type is distinct from '一般农户'
        and households.exit_status in ('未脱贫', '预脱贫', '返贫') as is_still_poor,
        villages.village_count,
        -- A code counts for the whole of a year in which it stood at all.
        year(households.as_of) between year(divisions.valid_from) and year(divisions.valid_to)
        as is_valid_area
    from households
    left join divisions on left(households.village_code, 6) = divisions.region_code
    left join villages using (county_code, period, household_code)
)

select * from final
