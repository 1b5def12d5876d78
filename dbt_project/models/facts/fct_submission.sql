-- One row per delivery: county, period and version; one that does not count keeps its row.
with

submissions as (
    select * from {{ source('receipts', 'submission') }}
),

withdrawals as (
    select * from {{ source('receipts', 'withdrawal') }}
),

admissions as (
    select * from {{ source('receipts', 'admission') }}
),

delivered as (
    select * from {{ source('receipts', 'delivered_table') }}
),

-- Weekly reports are measured one by one in fct_filing.
deadlines as (
    select * from {{ source('receipts', 'filing_due') }}
    where coalesce(frequency <> 'weekly', true)
),

-- Of a delivery of which no table was taken, any table might have been meant.
due as (
    select
        submissions.submission_id,
        cast(min(deadlines.due_at) as date) as due_on
    from submissions
    left join delivered on submissions.submission_id = delivered.submission_id
    inner join deadlines
        on
            submissions.county_code = deadlines.county_code
            and submissions.period = deadlines.period
            and coalesce(delivered.table_name = deadlines.table_name, true)
    where submissions.status <> 'reply'
    group by submissions.submission_id
),

overtaken as (
    select distinct submissions.submission_id
    from submissions
    inner join submissions as earlier
        on
            submissions.county_code = earlier.county_code
            and submissions.period < earlier.period
            and submissions.received_at > earlier.received_at
),

final as (
    select
        submissions.submission_id,
        submissions.county_code,
        submissions.period,
        submissions.version,
        submissions.received_at,
        cast(left(submissions.received_at, 10) as date) as received_on,
        due.due_on,
        cast(left(submissions.received_at, 10) as date) <= due.due_on as is_on_time,
        overtaken.submission_id is not null as is_out_of_order,
        submissions.rows_read,
        submissions.rows_accepted,
        submissions.rows_quarantined,
        submissions.rows_ignored,
        case when withdrawals.submission_id is null then submissions.status else 'withdrawn' end
            as status,
        submissions.reason_zh,
        withdrawals.withdrawn_at,
        withdrawals.reason as withdrawn_reason,
        admissions.admitted_at,
        submissions.is_sample
    from submissions
    left join due on submissions.submission_id = due.submission_id
    left join overtaken on submissions.submission_id = overtaken.submission_id
    left join withdrawals on submissions.submission_id = withdrawals.submission_id
    left join admissions on submissions.submission_id = admissions.submission_id
)

select * from final
