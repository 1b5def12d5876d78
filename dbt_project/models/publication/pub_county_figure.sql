-- One row per county, period, indicator and breakdown: this night's figure, published or held.
with

candidates as (
    select * from {{ ref('gate_candidate') }}
),

held as (
    select * from {{ source('gate', 'held') }}
),

final as (
    select
        candidates.region_code,
        candidates.period,
        candidates.as_of,
        candidates.indicator_code,
        candidates.breakdown,
        candidates.kind,
        candidates.unit,
        candidates.factor,
        candidates.numerator_sum,
        candidates.denominator_sum,
        candidates.weight_sum,
        candidates.numerator,
        candidates.denominator,
        candidates.value,
        candidates.is_sample,
        held.region_code is not null as is_held,
        held.reason_zh,
        -- Filed, nothing wrong, and nothing to count: no rate, but no gap in the city's either.
        candidates.base = 0
        and candidates.n_missing_tables = 0
        and candidates.n_missing_columns = 0
        and candidates.n_unknown_terms = 0
        and candidates.n_open_hold_findings = 0 as is_empty
    from candidates
    left join held
        on
            candidates.region_code = held.region_code
            and candidates.period = held.period
            and candidates.indicator_code = held.indicator_code
            and candidates.breakdown = held.breakdown
)

select * from final
