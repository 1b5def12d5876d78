-- One row per county, period, filed table and column that a sheet with rows of it lacks.
with

deliveries as (
    select * from {{ source('receipts', 'current_delivery') }}
),

sheets as (
    select * from {{ source('receipts', 'absent_columns') }}
),

lacking as (
    select
        deliveries.county_code,
        deliveries.period,
        deliveries.table_name,
        sheets.absent_columns
    from deliveries
    inner join sheets
        on
            deliveries.submission_id = sheets.submission_id
            and deliveries.table_name = sheets.table_name
),

columns_of_sheets as (
    {{ explode_list('lacking', 'absent_columns', ['county_code', 'period', 'table_name']) }}
),

final as (
    select distinct
        county_code,
        period,
        table_name,
        element as column_name
    from columns_of_sheets
)

select * from final
