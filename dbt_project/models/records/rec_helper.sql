-- One row per accepted row of the table of helpers.
with

helpers as (
    select * from {{ ref('stg_filings__helper_links') }}
)

select
    *,
    -- A start that is not given is unknown; an end that is not given has not come.
    start_on <= as_of
    and not ({{ reached('end_on', 'end_on_text', "as_of - interval '1' day") }}) as is_active
from helpers
