{{ config(materialized='table') }}
-- One row per county, period and fund document: what arrived once, what was allocated and paid in all.
with

allocations as (
    select
        *,
        row_number() over (
            partition by county_code, period, doc_no
            order by row_no, source_file, source_sheet, source_row
        ) as line_no
    from {{ ref('stg_filings__fund_allocations') }}
),

-- The received amount is a fact of the document: the first line that gives it counts.
received as (
    select
        county_code,
        period,
        doc_no,
        received_yuan,
        row_number() over (
            partition by county_code, period, doc_no order by line_no
        ) as given_no
    from allocations
    where received_yuan is not null
),

allocated as (
    select
        county_code,
        period,
        doc_no,
        case when count(*) = count(allocated_yuan) then sum(allocated_yuan) end as allocated_yuan,
        -- Lines of several years are judged by the latest: only what is surely old is called old.
        case when count(*) = count(budget_year) then max(budget_year) end as budget_year
    from allocations
    group by county_code, period, doc_no
),

paid as (
    select
        county_code,
        period,
        doc_no,
        {{ sum_of_all(signed_yuan('pay_kind', 'amount_yuan')) }} as paid_yuan
    from {{ ref('stg_filings__fund_payments') }}
    where doc_no is not null
    group by county_code, period, doc_no
),

final as (
    select
        allocations.county_code,
        allocations.period,
        allocations.as_of,
        allocations.doc_no,
        received.received_yuan,
        allocated.allocated_yuan,
        allocated.budget_year,
        case when paid.doc_no is null then 0 else paid.paid_yuan end as paid_yuan,
        {{ provenance('allocations') }},
        allocations.row_no,
        true as is_first,
        allocations.record_id
    from allocations
    inner join allocated using (county_code, period, doc_no)
    left join paid using (county_code, period, doc_no)
    left join received
        on
            allocations.county_code = received.county_code
            and allocations.period = received.period
            and allocations.doc_no = received.doc_no
            and received.given_no = 1
    where allocations.line_no = 1
)

select * from final
