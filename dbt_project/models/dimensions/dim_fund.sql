-- One row per county and fund document: what the newest filing says of it.
with

allocations as (
    select
        *,
        row_number() over (
            partition by county_code, doc_no order by period desc, row_no
        ) as choice,
        min(period) over (partition by county_code, doc_no) as first_period,
        max(period) over (partition by county_code, doc_no) as last_period
    from {{ ref('stg_filings__fund_allocations') }}
)

select
    county_code || '-' || doc_no as fund_key,
    county_code,
    doc_no,
    fund_name,
    source_level,
    fund_type,
    budget_year,
    first_period,
    last_period
from allocations
where choice = 1
