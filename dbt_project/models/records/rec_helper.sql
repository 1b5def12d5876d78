-- One row per accepted row of the table of helpers.
with

helpers as (
    select * from {{ ref('stg_filings__helper_links') }}
)

select
    *,
    {{ runs_at('as_of', 'start_on', 'end_on') }} as is_active
from helpers
