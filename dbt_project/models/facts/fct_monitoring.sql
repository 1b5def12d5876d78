-- One row per county, period, household and monitoring episode.
with

monitorings as (
    select * from {{ ref('rec_monitoring') }}
    where is_first
)

select
    county_code,
    period,
    as_of,
    {{ filed_columns('mon') }},
    on_roll,
    {{ provenance() }}
from monitorings
