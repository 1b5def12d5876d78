-- One row per county, period, helper, household and start.
with

helpers as (
    select * from {{ ref('rec_helper') }}
    where is_first
)

select
    county_code,
    period,
    as_of,
    {{ filed_columns('link') }},
    is_active,
    {{ provenance() }}
from helpers
