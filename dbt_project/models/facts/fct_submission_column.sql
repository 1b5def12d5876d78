-- One row per column that a delivered table was read from.
select
    submission_id,
    source_file as file,
    source_sheet as sheet,
    table_name,
    column_name,
    header,
    column_letter
from {{ source('receipts', 'header') }}
