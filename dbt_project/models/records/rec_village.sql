-- One row per accepted row of the village table.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__villages') }}
