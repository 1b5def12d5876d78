-- One row per accepted row of the allocation ledger.
select
    *,
    using_unit = '乡镇' as is_township
from {{ ref('stg_filings__fund_allocations') }}
