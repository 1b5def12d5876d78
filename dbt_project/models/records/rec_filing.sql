{{ config(materialized='table') }}
-- One row per table that a county filed for a period, rows or not.
with

filed as (
    select * from {{ source('receipts', 'filing') }}
)

select
    county_code,
    period,
    {{ period_end('period') }} as as_of,
    table_name,
    n_rows,
    lag(period) over (partition by county_code, table_name order by period) as prior_period
from filed
