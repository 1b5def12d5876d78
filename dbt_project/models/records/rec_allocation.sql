{{ config(materialized='table') }}
-- One row per accepted row of the allocation ledger, with what its project is and may be paid from.
with

allocations as (
    select * from {{ ref('stg_filings__fund_allocations') }}
),

projects as (
    select
        county_code,
        period,
        project_code,
        name,
        village_code,
        category
    from {{ ref('stg_filings__projects') }}
    where is_first
),

uses as (
    select * from {{ ref('fund_uses') }}
),

final as (
    select
        allocations.*,
        allocations.using_unit = '乡镇' as is_township,
        coalesce(allocations.budget_year, year(allocations.as_of)) = year(allocations.as_of)
        as is_this_budget,
        -- Money from bonds is a purse of its own, whatever it is typed as.
        case
            when allocations.source_level = '地方债券' then '地方债券'
            else allocations.fund_type
        end as purse,
        projects.name as project_name,
        projects.village_code as project_village_code,
        projects.category as project_category,
        uses.is_permitted as is_permitted_use
    from allocations
    left join projects using (county_code, period, project_code)
    left join uses
        on
            allocations.fund_type = uses.fund_type
            and projects.category = uses.category
)

select * from final
