{{ config(materialized='table') }}
-- One row per county, period, fund document and project: what was allocated, what was paid.
with

filings as (
    select
        county_code,
        period,
        max(case when table_name = 'fa' then 1 end) = 1 as has_allocations,
        max(case when table_name = 'fp' then 1 end) = 1 as has_payments
    from {{ ref('rec_filing') }}
    group by county_code, period
),

allocations as (
    select
        county_code,
        period,
        as_of,
        doc_no,
        project_code,
        {{ provenance() }},
        row_no,
        record_id,
        1 as ledger_no,
        allocated_yuan,
        null as amount_yuan
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
        record_id,
        2 as ledger_no,
        null as allocated_yuan,
        amount_yuan
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

-- An amount that is not known makes its sum unknown.
sums as (
    select
        county_code,
        period,
        doc_no,
        project_code,
        count(*) filter (where ledger_no = 1) as n_allocations,
        count(*) filter (where ledger_no = 2) as n_payments,
        case
            when count(*) filter (where ledger_no = 1) = count(allocated_yuan)
                then coalesce(sum(allocated_yuan), 0)
        end as allocated_yuan,
        case
            when count(*) filter (where ledger_no = 2) = count(amount_yuan)
                then coalesce(sum(amount_yuan), 0)
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
        case when filings.has_allocations then sums.allocated_yuan end as allocated_yuan,
        case when filings.has_payments then sums.paid_yuan end as paid_yuan,
        {{ provenance('entries') }},
        entries.row_no,
        true as is_first,
        entries.record_id
    from entries
    inner join sums
        on
            entries.county_code = sums.county_code
            and entries.period = sums.period
            and entries.doc_no is not distinct from sums.doc_no
            and entries.project_code is not distinct from sums.project_code
    left join filings
        on
            entries.county_code = filings.county_code
            and entries.period = filings.period
    where entries.entry_no = 1
)

select * from final
