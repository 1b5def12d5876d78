{{ config(materialized='table') }}
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
),

payees as (
    select * from {{ ref('rec_payee') }}
),

reversed as (
    select distinct
        county_code,
        period,
        reversal_of as voucher_no
    from {{ ref('stg_filings__fund_payments') }}
    where reversal_of is not null
),

listed_projects as (
    select distinct
        county_code,
        period,
        project_code
    from {{ ref('stg_filings__project_beneficiaries') }}
),

beneficiaries as (
    select distinct
        county_code,
        period,
        project_code,
        household_code
    from {{ ref('stg_filings__project_beneficiaries') }}
    where household_code is not null
)

select
    payments.*,
    cast({{ signed_yuan('payments.pay_kind', 'payments.amount_yuan') }} as decimal(20, 6))
    as signed_yuan,
    coalesce(documents.is_this_budget, true) as is_this_budget,
    coalesce(projects.is_township, lines.is_township, false) as is_township,
    reversed.voucher_no is not null as is_reversed,
    payees.payee_person_code,
    payees.payee_household_code,
    payees.payee_on_roll,
    payees.payee_police_status,
    payees.payee_death_on,
    payees.payee_moved_on,
    listed_projects.project_code is not null as has_beneficiary_list,
    beneficiaries.household_code is not null as payee_is_beneficiary
from payments
left join documents using (county_code, period, doc_no)
left join projects using (county_code, period, project_code)
left join lines using (county_code, period, doc_no, project_code)
left join payees using (county_code, period, payee_id_no_key)
left join reversed using (county_code, period, voucher_no)
left join listed_projects using (county_code, period, project_code)
left join beneficiaries
    on
        payments.county_code = beneficiaries.county_code
        and payments.period = beneficiaries.period
        and payments.project_code = beneficiaries.project_code
        and payees.payee_household_code = beneficiaries.household_code
