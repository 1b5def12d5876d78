{{ config(materialized='table') }}
-- One row per accepted row of the estate register, with whether the property is still the person's.
with

estates as (
    select * from {{ ref('stg_filings__reg_estate') }}
),

{{ latest_registrations('estates', 'unit_no') }},

final as (
    select
        estates.*,
        -- The register has no state: a flat that was sold shows by the later entry of its unit.
        case
            when {{ not_the_owners('estates') }} then false
            else {{ still_the_owners('estates') }}
        end as is_owned
    from estates
    left join latest_registrations using (county_code, period, unit_no)
)

select * from final
