-- One row per quarantined row of a delivery.
select
    submission_id,
    county_code,
    period,
    file,
    sheet,
    row_number as row,
    table_name,
    column_name as column,
    value,
    reason_zh
from {{ source('receipts', 'quarantine') }}
