-- One row per county, period, indicator, data date and batch of a report.
with

figures as (
    select * from {{ ref('rec_reported') }}
    where is_first
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
