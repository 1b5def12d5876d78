-- One row per county and weekly report that the calendar asked for, in the period of its week.
with

filings as (
    select * from {{ ref('fct_filing') }}
    where frequency = 'weekly' and is_expected
),

final as (
    select
        county_code,
        period,
        {{ period_end('period') }} as as_of,
        covers_from,
        covers_to,
        due_at,
        is_received,
        received_at,
        is_on_time,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('covers_to') }} as record_id
    from filings
)

select * from final
