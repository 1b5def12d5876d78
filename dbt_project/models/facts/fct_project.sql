-- One row per county, period and project.
with

projects as (
    select * from {{ ref('rec_project') }}
    where is_first
)

select
    county_code || '-' || project_code as project_key,
    county_code,
    period,
    as_of,
    {{ filed_columns('prj') }},
    paid_yuan,
    is_township,
    level,
    is_started,
    is_completed,
    is_accepted,
    {{ provenance() }}
from projects
