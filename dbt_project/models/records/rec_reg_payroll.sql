-- One row per accepted row of the register of payrolls and contributions.
with

payrolls as (
    select * from {{ ref('stg_filings__reg_payroll') }}
),

final as (
    select
        payrolls.*,
        -- Village cadres and temporary staff are paid, but no public servants.
        kind in ('在编', '退休') as is_public_servant,
        -- Who pays the contributions alone has no employer.
        case
            when kind not in ('公积金', '职工养老') then false
            when unit like '%灵活就业%' or unit like '%个人%' then false
            when kind is not null and unit is not null then true
        end as has_employer
    from payrolls
)

select * from final
