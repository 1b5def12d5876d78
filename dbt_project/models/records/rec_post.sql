-- One row per accepted row of the ledger of public posts.
select * from {{ ref('stg_filings__welfare_posts') }}
