-- One row per accepted row of the payment ledger.
with

payments as (
    select * from {{ ref('stg_filings__fund_payments') }}
),

-- A payment belongs to the budget of its document; of an unknown document, to the data date's.
documents as (
    select
        county_code,
        period,
        doc_no,
        max(is_this_budget) as is_this_budget
    from {{ ref('rec_allocation') }}
    group by county_code, period, doc_no
),

projects as (
    select
        county_code,
        period,
        project_code,
        is_township
    from {{ ref('rec_project') }}
    where is_first
),

lines as (
    select
        county_code,
        period,
        doc_no,
        project_code,
        max(is_township) as is_township
    from {{ ref('rec_allocation') }}
    group by county_code, period, doc_no, project_code
)

select
    payments.*,
    cast({{ signed_yuan('payments.pay_kind', 'payments.amount_yuan') }} as decimal(20, 6))
    as signed_yuan,
    coalesce(documents.is_this_budget, true) as is_this_budget,
    coalesce(projects.is_township, lines.is_township, false) as is_township
from payments
left join documents using (county_code, period, doc_no)
left join projects using (county_code, period, project_code)
left join lines using (county_code, period, doc_no, project_code)
