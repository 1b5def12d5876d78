{{ config(materialized='table') }}
{#-
Signs of invented incomes in a village. Chance alone makes some village look strange where there are
hundreds: `…_chance` bounds how likely chance is, `…_false_share` is the share of false accusations
among the county's villages if this one and all stranger ones were accused.
-#}
-- One row per county, period and village with households on the roll whose income is known.
with

filings as (
    select * from {{ ref('rec_filing') }}
    where table_name = 'inc'
),

thresholds as (
    select * from {{ ref('rec_threshold') }}
    where kind in ('poverty_line', 'heaping_step', 'bunching_width')
),

-- The line of the year in which the data date lies, as H036 asks for it.
settings as (
    select
        filings.county_code,
        filings.period,
        filings.as_of,
        max(case when thresholds.kind = 'heaping_step' then thresholds.value end) as step,
        max(case when thresholds.kind = 'bunching_width' then thresholds.value end) as width,
        max(case when thresholds.kind = 'poverty_line' then thresholds.value end) as line
    from filings
    left join thresholds
        on
            filings.county_code = thresholds.county_code
            and {{ holds_at('thresholds', 'make_date(cast(year(filings.as_of) as integer), 12, 1)') }}
    group by filings.county_code, filings.period, filings.as_of
),

counts as (
    select
        incomes.county_code,
        incomes.period,
        settings.as_of,
        incomes.village_code,
        settings.step,
        settings.line,
        settings.width,
        count(*) as household_count,
        count(case when incomes.net_pc % settings.step = 0 then 1 end) as round_count,
        count(
            case
                when incomes.net_pc >= settings.line and incomes.net_pc < settings.line + settings.width
                    then 1
            end
        ) as above_count,
        count(
            case
                when
                    incomes.net_pc >= settings.line + settings.width
                    and incomes.net_pc < settings.line + 2 * settings.width
                    then 1
            end
        ) as next_count
    from {{ ref('rec_income') }} as incomes
    inner join settings using (county_code, period)
    where incomes.is_first and incomes.on_roll and incomes.village_code is not null and incomes.net_pc > 0
    group by
        incomes.county_code,
        incomes.period,
        settings.as_of,
        incomes.village_code,
        settings.step,
        settings.line,
        settings.width
),

bounded as (
    select
        *,
        -- One income in `step` ends in zeros by chance.
        {{ binomial_tail('round_count', 'household_count', '1.0 / step') }} as heaping_chance,
        -- Two neighbouring classes of the same width hold about the same number.
        {{ binomial_tail('above_count', '(above_count + next_count)', '0.5') }} as bunching_chance
    from counts
),

ranked as (
    select
        *,
        count(*) over (partition by county_code, period) as village_total,
        row_number() over (
            partition by county_code, period
            order by heaping_chance, village_code
        ) as heaping_rank,
        row_number() over (
            partition by county_code, period
            order by bunching_chance, village_code
        ) as bunching_rank
    from bounded
),

final as (
    select
        county_code,
        period,
        as_of,
        village_code,
        household_count,
        round_count,
        above_count,
        next_count,
        line,
        width,
        {{ false_discovery_rate('heaping_chance', 'heaping_rank', 'village_total', 'county_code, period') }}
        as heaping_false_share,
        {{ false_discovery_rate('bunching_chance', 'bunching_rank', 'village_total', 'county_code, period') }}
        as bunching_false_share,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('village_code') }} as record_id
    from ranked
)

select * from final
