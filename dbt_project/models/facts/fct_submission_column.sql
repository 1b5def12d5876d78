{{ config(meta={'compares_counties': true}) }}
-- One row per dictionary column that a delivered sheet was read for, and header that it stood in.
select
    submission_id,
    source_file as file,
    source_sheet as sheet,
    table_name as "table",
    column_name as "column",
    header,
    column_letter,
    first_row,
    last_row
from {{ source('receipts', 'header') }}
