{{ config(materialized='table') }}
-- One row per county, period, fund document and project: what was allocated, what was paid.
with

allocations as (
    select
        county_code,
        period,
        as_of,
        doc_no,
        project_code,
        {{ provenance() }},
        row_no,
        1 as ledger_no,
        allocated_yuan,
        null as signed_yuan
    from {{ ref('stg_filings__fund_allocations') }}
),

payments as (
    select
        county_code,
        period,
        as_of,
        doc_no,
        project_code,
        {{ provenance() }},
        row_no,
        2 as ledger_no,
        null as allocated_yuan,
        {{ signed_yuan('pay_kind', 'amount_yuan') }} as signed_yuan
    from {{ ref('stg_filings__fund_payments') }}
),

entries as (
    select
        *,
        row_number() over (
            partition by county_code, period, doc_no, project_code
            order by ledger_no, row_no, source_file, source_sheet, source_row
        ) as entry_no
    from (
        select * from allocations
        union all
        select * from payments
    ) as both_ledgers
),

-- An amount that is not known makes its sum unknown; no entry of a ledger leaves its sum empty.
sums as (
    select
        county_code,
        period,
        doc_no,
        project_code,
        case
            when count(case when ledger_no = 1 then 1 end) = count(allocated_yuan)
                then sum(allocated_yuan)
        end as allocated_yuan,
        case
            when count(case when ledger_no = 2 then 1 end) = count(signed_yuan)
                then sum(signed_yuan)
        end as paid_yuan
    from entries
    group by county_code, period, doc_no, project_code
),

final as (
    select
        entries.county_code,
        entries.period,
        entries.as_of,
        entries.doc_no,
        entries.project_code,
        sums.allocated_yuan,
        sums.paid_yuan,
        {{ provenance('entries') }},
        entries.row_no,
        true as is_first,
        {{ numbered_row('entries.ledger_no, entries.row_no, entries.source_file, entries.source_sheet, entries.source_row', 'entries') }}
        as record_id
    from entries
    inner join sums
        on
            entries.county_code = sums.county_code
            and entries.period = sums.period
            and entries.doc_no is not distinct from sums.doc_no
            and entries.project_code is not distinct from sums.project_code
    where entries.entry_no = 1
)

select * from final
