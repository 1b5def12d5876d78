{{ config(meta={'compares_counties': true}) }}
-- One row per period for which a county delivered anything, taken or refused.
with

periods as (
    select period from {{ source('receipts', 'filing') }}
    union distinct
    select period from {{ source('receipts', 'submission') }}
),

ended as (
    select
        period,
        {{ period_end('period') }} as period_end
    from periods
)

select
    period,
    period_end,
    cast(year(period_end) as integer) as year,
    cast(quarter(period_end) as integer) as quarter,
    cast(month(period_end) as integer) as month,
    {{ school_year_start('period_end') }} as school_year_start
from ended
