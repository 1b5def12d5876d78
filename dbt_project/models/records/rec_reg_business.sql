-- One row per accepted row of the business register, with whether it is a business of the person's.
with

roles as (
    select * from {{ ref('stg_filings__reg_biz') }}
),

final as (
    select
        roles.*,
        -- A member of a cooperative stands in the register as its shareholder: that is how help
        -- reaches a household, not a firm that it runs.
        case
            when status = '注销' then false
            when role = '股东' and entity like '%合作社%' then false
            when status = '存续' and role is not null then true
        end as is_running
    from roles
)

select * from final
