-- One row per accepted row of the table of support measures.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__support_measures') }}
