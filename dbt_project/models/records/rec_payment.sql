-- One row per accepted row of the payment ledger.
select * from {{ ref('stg_filings__fund_payments') }}
