-- One row per cell of the rows that count which reading normalised; texts are masked by intake.
with

changes as (
    select * from {{ source('receipts', 'change') }}
),

submissions as (
    select
        submission_id,
        county_code,
        period
    from {{ source('receipts', 'submission') }}
),

-- What was withdrawn or replaced tells its changes in its receipt; here it would stay for ever.
deliveries as (
    select * from {{ source('receipts', 'current_delivery') }}
)

select
    changes.submission_id,
    submissions.county_code,
    submissions.period,
    changes.source_file as file,
    changes.source_sheet as sheet,
    changes.source_row as "row",
    changes.table_name as "table",
    changes.column_name as "column",
    changes.header,
    changes.before,
    changes.after,
    changes.rule_zh
from changes
inner join submissions using (submission_id)
inner join deliveries using (county_code, period, table_name, submission_id)
