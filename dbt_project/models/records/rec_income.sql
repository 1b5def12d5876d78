-- One row per accepted row of the income table.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__household_income') }}
