-- One row per accepted row of the payment ledger.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__fund_payments') }}
