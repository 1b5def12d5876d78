-- One row per accepted row of the ledger of issues.
select * from {{ ref('stg_filings__rectification_issues') }}
