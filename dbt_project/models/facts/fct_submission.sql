-- One row per delivery: county, period and version.
with

submissions as (
    select * from {{ source('receipts', 'submission') }}
),

deadlines as (
    select * from {{ ref('rec_threshold') }}
    where kind = 'filing_due_days'
),

dated as (
    select
        submissions.*,
        {{ period_end('submissions.period') }} as period_end,
        cast(left(submissions.received_at, 10) as date) as received_on
    from submissions
),

due as (
    select
        dated.*,
        dated.period_end + cast(deadlines.value as integer) as due_on
    from dated
    left join deadlines
        on
            dated.county_code = deadlines.county_code
            and cast(date_trunc('month', dated.period_end) as date) = deadlines.month
)

select
    due.submission_id,
    due.county_code,
    due.period,
    due.version,
    due.received_at,
    due.received_on,
    due.due_on,
    due.received_on <= due.due_on as is_on_time,
    due.rows_read,
    due.rows_accepted,
    due.rows_quarantined,
    due.rows_ignored,
    due.status,
    due.reason_zh,
    due.is_sample
from due
