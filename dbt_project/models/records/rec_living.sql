-- One row per accepted row of the living conditions table.
select
    *,
    {{ record_number() }}
from {{ ref('stg_filings__living_conditions') }}
