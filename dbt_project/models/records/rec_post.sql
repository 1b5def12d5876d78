-- One row per accepted row of the ledger of public posts.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__welfare_posts') }}
