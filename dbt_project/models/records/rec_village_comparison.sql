{{ config(materialized='table') }}
{%- set income = [
    'wage', 'business', 'property', 'transfer', 'family_planning', 'dibao_amt', 'tekun_amt',
    'pension_amt', 'eco_amt', 'other_transfer', 'gross', 'business_cost', 'net', 'net_pc',
] -%}
{%- set living = [
    'arable', 'irrigated', 'forest', 'grain_for_green', 'orchard', 'pasture', 'water_area',
    'production_power', 'drink_difficult', 'drink_safe', 'living_power', 'road_km', 'entry_road',
    'house_area', 'is_dangerous', 'has_toilet',
] -%}
-- One row per county, period and village: how many households filed last year's income and living anew.
with

filings as (
    select
        county_code,
        period,
        max(as_of) as as_of
    from {{ ref('rec_filing') }}
    where table_name in ('inc', 'liv')
    group by county_code, period
    having count(*) = 2
),

-- The latest filing of an earlier year.
pairs as (
    select
        filings.county_code,
        filings.period,
        filings.as_of,
        max(earlier.period) as earlier_period
    from filings
    inner join filings as earlier
        on
            filings.county_code = earlier.county_code
            and left(filings.period, 4) > left(earlier.period, 4)
    group by filings.county_code, filings.period, filings.as_of
),

households as (
    select
        county_code,
        period,
        household_code,
        village_code
    from {{ ref('rec_household') }}
    where is_first and village_code is not null
),

incomes as (
    select * from {{ ref('stg_filings__household_income') }}
    where is_first and net is not null
),

livings as (
    select * from {{ ref('stg_filings__living_conditions') }}
    where is_first
),

-- Both filings may hold one year's annual table: that is no year unchanged.
compared as (
    select
        pairs.county_code,
        pairs.period,
        pairs.as_of,
        pairs.earlier_period,
        households.village_code,
        {%- for column in income %}
        now_income.{{ column }} is not distinct from then_income.{{ column }} and
        {%- endfor %}
        {%- for column in living %}
        now_living.{{ column }} is not distinct from then_living.{{ column }}
        {{- ' and' if not loop.last }}
        {%- endfor %}
        as is_unchanged
    from pairs
    inner join households
        on
            pairs.county_code = households.county_code
            and pairs.period = households.period
    inner join incomes as now_income
        on
            households.county_code = now_income.county_code
            and households.period = now_income.period
            and households.household_code = now_income.household_code
    inner join incomes as then_income
        on
            pairs.county_code = then_income.county_code
            and pairs.earlier_period = then_income.period
            and households.household_code = then_income.household_code
    inner join livings as now_living
        on
            households.county_code = now_living.county_code
            and households.period = now_living.period
            and households.household_code = now_living.household_code
    inner join livings as then_living
        on
            pairs.county_code = then_living.county_code
            and pairs.earlier_period = then_living.period
            and households.household_code = then_living.household_code
    where
        coalesce(now_income.year, year(pairs.as_of))
        > coalesce(then_income.year, cast(left(pairs.earlier_period, 4) as integer))
),

villages as (
    select
        compared.county_code,
        compared.period,
        compared.as_of,
        compared.earlier_period,
        compared.village_code,
        count(*) as compared_hh,
        count(case when compared.is_unchanged then 1 end) as unchanged_hh
    from compared
    group by
        compared.county_code, compared.period, compared.as_of, compared.earlier_period,
        compared.village_code
),

chances as (
    select
        villages.*,
        {{ binomial_tail('villages.unchanged_hh', 'villages.compared_hh', 'usual.value') }} as chance
    from villages
    left join {{ ref('rec_threshold') }} as usual
        on
            villages.county_code = usual.county_code
            and usual.kind = 'unchanged_share_natural'
            and {{ holds_at('usual', 'villages.as_of') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by county_code, period order by chance, village_code
        ) as chance_rank,
        count(*) over (partition by county_code, period) as village_count
    from chances
),

final as (
    select
        county_code,
        period,
        as_of,
        earlier_period,
        village_code,
        compared_hh,
        unchanged_hh,
        village_count,
        {{ false_discovery_rate('chance', 'chance_rank', 'village_count', 'county_code, period') }}
        as false_discovery_rate,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('village_code') }} as record_id
    from ranked
)

select * from final
