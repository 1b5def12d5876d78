-- One row per county, period, person and spell of work, spells numbered by their start.
with

spells as (
    select * from {{ ref('rec_spell') }}
    where is_first
)

select
    county_code,
    period,
    as_of,
    row_number() over (
        partition by county_code, period, person_code
        order by start_month nulls last, row_no, source_file, source_sheet, source_row
    ) as spell,
    {{ filed_columns('emp') }},
    is_outside_county,
    {{ provenance() }}
from spells
