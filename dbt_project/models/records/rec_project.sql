{{ config(materialized='table') }}
-- One row per accepted row of the project pool.
with

projects as (
    select * from {{ ref('stg_filings__projects') }}
),

filings as (
    select
        county_code,
        period,
        max(case when table_name = 'fa' then 1 end) = 1 as has_allocations
    from {{ ref('rec_filing') }}
    group by county_code, period
),

township_projects as (
    select distinct
        county_code,
        period,
        project_code
    from {{ ref('rec_allocation') }}
    where is_township and project_code is not null
),

payments as (
    select
        county_code,
        period,
        project_code,
        -- A payment of unknown amount makes the total unknown.
        case
            when count(*) = count(amount_yuan)
                then sum({{ signed_yuan('pay_kind', 'amount_yuan') }})
        end as paid_yuan
    from {{ ref('stg_filings__fund_payments') }}
    where project_code is not null
    group by county_code, period, project_code
),

levelled as (
    select
        projects.*,
        case
            when filings.has_allocations then township_projects.project_code is not null
        end as is_township,
        payments.project_code is not null as has_payments,
        payments.paid_yuan
    from projects
    left join filings using (county_code, period)
    left join township_projects using (county_code, period, project_code)
    left join payments using (county_code, period, project_code)
),

-- What a project costs per household that benefits, beside the others of its category.
unit_costs as (
    select
        record_id,
        county_code,
        period,
        category,
        budget_yuan / nullif(benefit_hh, 0) as unit_cost_yuan
    from {{ ref('stg_filings__projects') }}
    where is_first and budget_yuan > 0
),

categories as (
    select
        county_code,
        period,
        category,
        count(unit_cost_yuan) as category_project_count,
        cast(median(unit_cost_yuan) as double) as category_unit_cost_yuan
    from unit_costs
    where category is not null
    group by county_code, period, category
)

select
    levelled.*,
    case when is_township then 'township' when not is_township then 'direct' end as level,
    {{ reached('as_of', 'started_on') }} as is_started,
    {{ reached('as_of', 'completed_on') }} as is_completed,
    {{ reached('as_of', 'accepted_on') }} as is_accepted,
    year(levelled.planned_start) as planned_year,
    cast(unit_costs.unit_cost_yuan as double) as unit_cost_yuan,
    categories.category_project_count,
    categories.category_unit_cost_yuan
from levelled
left join unit_costs on levelled.record_id = unit_costs.record_id
left join categories
    on
        levelled.county_code = categories.county_code
        and levelled.period = categories.period
        and levelled.category = categories.category
