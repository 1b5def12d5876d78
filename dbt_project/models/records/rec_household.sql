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

final as (
    select
        households.*,
        -- Whatever is not said to stand beside the roll stands on it.
        households.household_type is distinct from '一般农户' as on_roll,
        households.household_type is distinct from '一般农户'
        and households.exit_status in ('未脱贫', '预脱贫', '返贫') as is_still_poor,
        villages.village_count
    from households
    left join villages using (county_code, period, household_code)
)

select * from final
