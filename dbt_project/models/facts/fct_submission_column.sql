-- One row per dictionary column that a delivered sheet was read for.
select
    submission_id,
    source_file as file,
    source_sheet as sheet,
    table_name as "table",
    column_name as "column",
    header,
    column_letter
from {{ source('receipts', 'header') }}
