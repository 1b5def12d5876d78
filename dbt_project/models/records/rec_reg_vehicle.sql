{{ config(materialized='table') }}
-- One row per accepted row of the vehicle register, with whether the vehicle is still the person's.
with

vehicles as (
    select * from {{ ref('stg_filings__reg_vehicle') }}
),

{{ latest_registrations('vehicles', 'plate') }},

final as (
    select
        vehicles.*,
        -- Scrapped, passed on, registered to somebody else later, or bought after the data date.
        case
            when vehicles.status in ('报废', '转移') or {{ not_the_owners('vehicles') }} then false
            when vehicles.status = '正常' then {{ still_the_owners('vehicles') }}
        end as is_owned
    from vehicles
    left join latest_registrations using (county_code, period, plate)
)

select * from final
