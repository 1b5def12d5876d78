-- One row per accepted row of the allocation ledger.
select
    *,
    using_unit = '乡镇' as is_township,
    coalesce(budget_year, year(as_of)) = year(as_of) as is_this_budget
from {{ ref('stg_filings__fund_allocations') }}
