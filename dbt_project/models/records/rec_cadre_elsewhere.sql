{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per county, period and cadre in office (helper or first secretary), with where else in office.
with

helpers as (
    select
        county_code,
        period,
        as_of,
        '帮扶责任人' as duty,
        'link' as table_name,
        '帮扶干部编号' as header,
        helper_id as cadre_code,
        helper_id_no_key as id_key,
        helper_name as cadre_name,
        {{ provenance() }},
        row_no,
        row_number() over (
            partition by county_code, period, helper_id order by row_no
        ) as choice
    from {{ ref('rec_helper') }}
    where is_active and helper_id is not null
),

secretaries as (
    select
        county_code,
        period,
        as_of,
        '第一书记' as duty,
        'team' as table_name,
        '工作队编号' as header,
        -- The team's number stands for the secretary, whose own is an id that must not show.
        team_id as cadre_code,
        case when length(first_secretary_id) >= 18 then first_secretary_id_key end as id_key,
        cast(null as {{ dbt.type_string() }}) as cadre_name,
        {{ provenance() }},
        row_no,
        row_number() over (
            partition by county_code, period, team_id order by row_no
        ) as choice
    from {{ ref('rec_team') }}
    where is_active and team_id is not null and first_secretary_id is not null
),

cadres as (
    select * from helpers
    where choice = 1
    union all
    select * from secretaries
    where choice = 1
),

filings as (
    {{ filings_until_next(['link', 'team']) }}
),

-- One person is one id number. Without one, the national number of a helper together with the name:
-- a number alone may be two counties' own counting.
same_id as (
    select
        here.county_code,
        here.period,
        here.duty,
        here.cadre_code,
        there.county_code as other_county_code,
        there.period as other_period,
        there.table_name
    from cadres as here
    inner join cadres as there
        on
            here.id_key = there.id_key
            and here.county_code <> there.county_code
            and here.period >= there.period
),

same_number as (
    select
        here.county_code,
        here.period,
        here.duty,
        here.cadre_code,
        there.county_code as other_county_code,
        there.period as other_period,
        there.table_name
    from helpers as here
    inner join helpers as there
        on
            here.cadre_code = there.cadre_code
            and here.cadre_name = there.cadre_name
            and here.county_code <> there.county_code
            and here.period >= there.period
    where
        here.choice = 1
        and there.choice = 1
        and (here.id_key is null or there.id_key is null)
),

met as (
    select * from same_id
    union all
    select * from same_number
),

matches as (
    select
        met.county_code,
        met.period,
        met.duty,
        met.cadre_code,
        min(met.other_county_code) as other_county_code,
        count(distinct met.other_county_code) as other_county_count
    from met
    inner join filings as here
        on
            met.county_code = here.county_code
            and met.period = here.period
            and met.table_name = here.table_name
    inner join filings as there
        on
            met.other_county_code = there.county_code
            and met.other_period = there.period
            and met.table_name = there.table_name
            and {{ is_latest_elsewhere('here', 'there') }}
    group by met.county_code, met.period, met.duty, met.cadre_code
),

final as (
    select
        cadres.county_code,
        cadres.period,
        cadres.as_of,
        cadres.duty,
        cadres.header,
        cadres.cadre_code,
        cadres.id_key is not null as has_id_no,
        matches.other_county_code,
        coalesce(matches.other_county_count, 0) as other_county_count,
        {{ provenance('cadres') }},
        cadres.row_no,
        true as is_first,
        {{ numbered_row('cadres.duty, cadres.cadre_code', 'cadres') }} as record_id
    from cadres
    left join matches using (county_code, period, duty, cadre_code)
)

select * from final
