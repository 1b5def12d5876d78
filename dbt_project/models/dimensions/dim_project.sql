-- One row per county and project: what the newest filing says of it.
with

projects as (
    select
        *,
        row_number() over (
            partition by county_code, project_code order by period desc, row_no
        ) as choice,
        min(period) over (partition by county_code, project_code) as first_period,
        max(period) over (partition by county_code, project_code) as last_period
    from {{ ref('rec_project') }}
)

select
    county_code || '-' || project_code as project_key,
    county_code,
    project_code,
    name as project_name,
    category,
    nature,
    level,
    village_code,
    responsible_unit,
    financing,
    planned_start,
    planned_end,
    in_pool,
    first_period,
    last_period
from projects
where choice = 1
