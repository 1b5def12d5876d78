-- One row per county, period, reporting unit, indicator, data date and batch.
with

-- Towns' and other units' figures stand beside the county's own, so the unit is part of the key.
figures as (
    select
        *,
        row_number() over (
            partition by county_code, period, filed_county_code, indicator, as_of, batch_id
            order by row_no
        ) as repeat_no
    from {{ ref('rec_reported') }}
)

select
    county_code,
    period,
    period_end,
    {{ filed_columns('agg') }},
    value_text,
    num_text,
    den_text,
    is_own,
    is_latest,
    base_factor,
    base_value,
    base_low,
    base_high,
    {{ provenance() }}
from figures
where repeat_no = 1
