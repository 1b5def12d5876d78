-- One row per allocation line or payment.
with

allocations as (
    select
        county_code,
        period,
        as_of,
        'allocation' as kind,
        row_no,
        doc_no,
        project_code,
        cast(null as {{ dbt.type_string() }}) as voucher_no,
        allocated_on as flow_on,
        allocated_yuan as amount_yuan,
        received_yuan,
        received_on,
        fund_name,
        source_level,
        fund_type,
        budget_year,
        using_unit,
        is_township,
        is_announced,
        cast(null as {{ dbt.type_string() }}) as pay_kind,
        cast(null as {{ dbt.type_string() }}) as payee_id_no_key,
        cast(null as {{ dbt.type_string() }}) as reversal_of,
        {{ provenance() }}
    from {{ ref('rec_allocation') }}
    where is_first
),

payments as (
    select
        county_code,
        period,
        as_of,
        'payment' as kind,
        row_no,
        doc_no,
        project_code,
        voucher_no,
        paid_on as flow_on,
        amount_yuan,
        cast(null as decimal(20, 6)) as received_yuan,
        cast(null as date) as received_on,
        cast(null as {{ dbt.type_string() }}) as fund_name,
        cast(null as {{ dbt.type_string() }}) as source_level,
        cast(null as {{ dbt.type_string() }}) as fund_type,
        cast(null as bigint) as budget_year,
        cast(null as {{ dbt.type_string() }}) as using_unit,
        cast(null as boolean) as is_township,
        cast(null as boolean) as is_announced,
        pay_kind,
        payee_id_no_key,
        reversal_of,
        {{ provenance() }}
    from {{ ref('rec_payment') }}
    where is_first
),

flows as (
    select * from allocations
    union all
    select * from payments
)

select
    row_number() over (
        partition by county_code, period, kind
        order by row_no, source_file, source_sheet, source_row
    ) as flow_no,
    *
from flows
