{#- The definitions as rows, so that SQL can join what expectations/indicators say. -#}
-- One row per indicator: what it is, how its value is made of its terms.
with

final as (
    {% for definition in indicator_definitions() %}
    {% if not loop.first %}union all{% endif %}

    select
        '{{ definition.code }}' as indicator_code,
        {{ sql_text(definition.name_zh) }} as name_zh,
        {{ sql_text(definition.name_en) }} as name_en,
        '{{ definition.kind }}' as kind,
        {{ sql_text(definition.unit) }} as unit,
        {{ sql_text(definition.term_unit) }} as term_unit,
        cast({{ definition.factor }} as bigint) as factor,
        {{ definition.bounded }} as is_bounded,
        {{ sql_text(definition.numerator_zh) }} as numerator_zh,
        {{ sql_text(definition.denominator_zh) }} as denominator_zh,
        {{ sql_text(definition.scope_zh) }} as scope_zh,
        {{ sql_text(definition.basis) }} as basis,
        '{{ definition.tables | join(',') }}' as tables
    {% endfor %}
)

select * from final
