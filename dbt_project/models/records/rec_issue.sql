-- One row per accepted row of the ledger of issues.
with

issues as (
    select * from {{ ref('stg_filings__rectification_issues') }}
),

objects as (
    select
        county_code,
        period,
        object_code,
        category,
        count(distinct issue_id) as object_issue_count
    from issues
    where object_code is not null and category is not null
    group by county_code, period, object_code, category
),

categories as (
    select
        county_code,
        period,
        category,
        min(row_no) as first_row_no
    from issues
    where is_first and category is not null
    group by county_code, period, category
)

select
    issues.*,
    objects.object_issue_count,
    coalesce(issues.row_no = categories.first_row_no, false) as is_first_of_category
from issues
left join objects using (county_code, period, object_code, category)
left join categories using (county_code, period, category)
