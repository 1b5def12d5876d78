{{ config(schema='main') }}
-- One row per indicator.
with

definitions as (
    select * from {{ ref('ind_definition') }}
),

final as (
    select
        indicator_code,
        name_zh,
        name_en,
        kind,
        unit,
        term_unit,
        factor,
        numerator_zh,
        denominator_zh,
        scope_zh,
        basis
    from definitions
)

select * from final
