{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per household, phone or receiving account of it, and other county where it is in use too.
with

-- Without a household where the payee is on no filed list, a contractor mostly: such an account
-- meets only those of another county's households.
paid_accounts as (
    select distinct
        payments.county_code,
        payments.period,
        payees.payee_household_code as household_code,
        payments.payee_account
    from {{ ref('stg_filings__fund_payments') }} as payments
    left join {{ ref('rec_payee') }} as payees using (county_code, period, payee_id_no_key)
    where payments.payee_account is not null
),

contacts as (
    select
        county_code,
        period,
        household_code,
        '联系电话' as kind,
        phone as contact
    from {{ ref('stg_filings__households') }}
    where is_first and length(phone) >= 7
    union all
    select
        county_code,
        period,
        household_code,
        '收款账号' as kind,
        bank_account as contact
    from {{ ref('stg_filings__households') }}
    where is_first and length(bank_account) >= 7
    union all
    select
        county_code,
        period,
        household_code,
        '收款账号' as kind,
        payee_account as contact
    from paid_accounts
    where length(payee_account) >= 7
),

-- Only what more than one county ever filed can meet.
shared as (
    select contact
    from contacts
    group by contact
    having min(county_code) <> max(county_code)
),

filings as (
    {{ filings_until_next(['hh']) }}
),

held as (
    select distinct
        contacts.county_code,
        contacts.period,
        filings.as_of,
        filings.next_period,
        contacts.household_code,
        contacts.kind,
        contacts.contact
    from contacts
    inner join shared on contacts.contact = shared.contact
    inner join filings
        on
            contacts.county_code = filings.county_code
            and contacts.period = filings.period
),

matches as (
    select distinct
        here.county_code,
        here.period,
        here.as_of,
        here.household_code,
        here.kind,
        there.county_code as other_county_code
    from held as here
    inner join held as there
        on
            here.contact = there.contact
            and here.kind = there.kind
            and {{ is_latest_elsewhere('here', 'there') }}
    where here.household_code is not null
),

final as (
    select
        county_code,
        period,
        as_of,
        household_code,
        kind,
        other_county_code,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('household_code, kind, other_county_code') }} as record_id
    from matches
)

select * from final
