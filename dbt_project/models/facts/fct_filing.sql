-- One row per county, period, table and reporting span (the period, or the week of a weekly report)
-- that is expected or was received.
with

due as (
    select * from {{ source('receipts', 'filing_due') }}
),

submissions as (
    select * from {{ source('receipts', 'submission') }}
),

withdrawals as (
    select * from {{ source('receipts', 'withdrawal') }}
),

delivered as (
    select * from {{ source('receipts', 'delivered_table') }}
),

cells as (
    select * from {{ source('receipts', 'filled_cells') }}
),

-- A correction does not make a table late: its first delivery counts that was not withdrawn and did
-- not wait in vain.
deliveries as (
    select
        submissions.county_code,
        submissions.period,
        delivered.table_name,
        min(submissions.received_at) as received_at,
        bool_or(submissions.is_sample) as is_sample
    from delivered
    inner join submissions on delivered.submission_id = submissions.submission_id
    left join withdrawals on delivered.submission_id = withdrawals.submission_id
    where
        withdrawals.submission_id is null
        and submissions.status not in {{ not_in_force() }}
    group by submissions.county_code, submissions.period, delivered.table_name
),

samples as (
    select
        county_code,
        bool_or(is_sample) as is_sample
    from deliveries
    group by county_code
),

-- A weekly report is the rows whose data date lies in its week, in whatever period they were filed.
counted as (
    select
        due.county_code,
        due.period,
        due.table_name,
        due.covers_to,
        sum(cells.n_rows) as n_rows,
        sum(cells.required_cells) as required_cells,
        sum(cells.required_cells_filled) as required_cells_filled,
        min(cells.submitted_at) as submitted_at
    from due
    inner join cells
        on
            due.county_code = cells.county_code
            and due.table_name = cells.table_name
            and case
                when due.frequency = 'weekly'
                    then cells.as_of >= due.covers_from and cells.as_of <= due.covers_to
                else due.period = cells.period
            end
    group by due.county_code, due.period, due.table_name, due.covers_to
),

received as (
    select
        due.*,
        coalesce(counted.n_rows, 0) as n_rows,
        coalesce(counted.required_cells, 0) as required_cells,
        coalesce(counted.required_cells_filled, 0) as required_cells_filled,
        coalesce(samples.is_sample, false) as is_sample,
        case
            when due.frequency = 'weekly' then counted.n_rows is not null
            else deliveries.received_at is not null
        end as is_received,
        case
            when due.frequency = 'weekly' then counted.submitted_at
            else {{ local_time('deliveries.received_at') }}
        end as received_at,
        {{ local_time(newest_event()) }} as known_at
    from due
    left join counted
        on
            due.county_code = counted.county_code
            and due.period = counted.period
            and due.table_name = counted.table_name
            and due.covers_to = counted.covers_to
    left join deliveries
        on
            due.county_code = deliveries.county_code
            and due.period = deliveries.period
            and due.table_name = deliveries.table_name
    left join samples on due.county_code = samples.county_code
),

final as (
    select
        county_code,
        period,
        table_name as "table",
        frequency,
        covers_from,
        covers_to,
        is_expected,
        is_received,
        due_at,
        is_calendar_known,
        received_at,
        -- What has not come is late only once something came after it was due: no clock is read.
        case
            when is_received then received_at <= due_at
            when known_at > due_at then false
        end as is_on_time,
        cast(n_rows as bigint) as rows_accepted,
        cast(required_cells as bigint) as required_cells,
        cast(required_cells_filled as bigint) as required_cells_filled,
        cast(required_cells_filled as double) / nullif(required_cells, 0) as share_filled,
        is_sample
    from received
    where is_expected or is_received
)

select * from final
