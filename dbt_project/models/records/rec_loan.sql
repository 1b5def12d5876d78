-- One row per accepted row of the loan ledger.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__microloans') }}
