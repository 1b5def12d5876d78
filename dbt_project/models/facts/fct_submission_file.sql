-- One row per delivery, file, sheet and table.
select
    submission_id,
    county_code,
    period,
    file,
    sheet,
    table_name,
    status,
    reason_zh,
    rows_read,
    rows_accepted,
    rows_quarantined,
    rows_ignored
from {{ source('receipts', 'submission_file') }}
