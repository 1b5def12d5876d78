-- One row per county, period and change of a household's members.
with

changes as (
    select * from {{ ref('rec_change') }}
    where is_first
)

select
    county_code,
    period,
    as_of,
    {{ filed_columns('chg') }},
    in_interval,
    {{ provenance() }}
from changes
