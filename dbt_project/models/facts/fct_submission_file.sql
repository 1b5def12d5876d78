-- One row per delivery, file, sheet and table.
with

files as (
    select * from {{ source('receipts', 'submission_file') }}
),

submissions as (
    select
        submission_id,
        county_code,
        period
    from {{ source('receipts', 'submission') }}
)

select
    files.submission_id,
    submissions.county_code,
    submissions.period,
    files.source_file as file,
    files.source_sheet as sheet,
    files.table_name as "table",
    files.status,
    files.reason_zh,
    files.rows_read,
    files.rows_accepted,
    files.rows_quarantined,
    files.rows_ignored
from files
inner join submissions using (submission_id)
