-- One row per delivery: county, period and version.
with

submissions as (
    select * from {{ source('receipts', 'submission') }}
),

files as (
    select
        submission_id,
        sum(rows_read) as rows_read,
        sum(rows_accepted) as rows_accepted,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_ignored) as rows_ignored,
        count(case when status in ('accepted', 'partial') then 1 end) as files_taken,
        count(case when status in ('partial', 'refused') then 1 end) as files_short
    from {{ source('receipts', 'submission_file') }}
    group by submission_id
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
    cast(coalesce(files.rows_read, 0) as bigint) as rows_read,
    cast(coalesce(files.rows_accepted, 0) as bigint) as rows_accepted,
    cast(coalesce(files.rows_quarantined, 0) as bigint) as rows_quarantined,
    cast(coalesce(files.rows_ignored, 0) as bigint) as rows_ignored,
    case
        when coalesce(files.files_taken, 0) = 0 then 'refused'
        when files.files_short > 0 then 'partial'
        else 'accepted'
    end as status,
    due.is_sample
from due
left join files using (submission_id)
