-- One row per accepted row of the loan ledger.
select * from {{ ref('stg_filings__microloans') }}
