-- One row per quarantined row of a delivery; values are masked by intake.
with

quarantined as (
    select * from {{ source('receipts', 'quarantine') }}
),

submissions as (
    select
        submission_id,
        county_code,
        period
    from {{ source('receipts', 'submission') }}
)

select
    quarantined.submission_id,
    submissions.county_code,
    submissions.period,
    quarantined.source_file as file,
    quarantined.source_sheet as sheet,
    quarantined.source_row as "row",
    quarantined.table_name as "table",
    quarantined.column_name as "column",
    quarantined.value,
    quarantined.reason_zh
from quarantined
inner join submissions using (submission_id)
