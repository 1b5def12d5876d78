-- One row per accepted row of the table of teams.
with

teams as (
    select
        *,
        {{ runs_at('as_of', 'start_on', 'end_on') }} as is_active
    from {{ ref('stg_filings__assistance_teams') }}
),

secretaries as (
    select
        county_code,
        period,
        first_secretary_id,
        count(distinct case when is_active then village_code end) as village_count,
        count(distinct case when coalesce(is_active, true) then village_code end)
        as village_count_at_most
    from teams
    where first_secretary_id is not null
    group by county_code, period, first_secretary_id
)

select
    teams.*,
    secretaries.village_count as secretary_village_count,
    secretaries.village_count_at_most as secretary_village_count_at_most
from teams
left join secretaries using (county_code, period, first_secretary_id)
