{#-
One scan per relation that a definition names, one column pair per figure, then long form.
The figures come from expectations/indicators by way of the generated macro.
-#}
{% set figures = indicator_figures() %}
{% set relations = figures | map(attribute='relation') | unique | list %}
-- One row per figure (indicator and breakdown), county and period: the sums, before any decision.
with

{% for relation in relations %}
totals_of_{{ relation }} as (
    select
        county_code,
        period
        {% for figure in figures if figure.relation == relation %}
        , cast({{ term_sum(figure.numerator) }} as decimal(24, 6)) as numerator_{{ loop.index }}
        , cast({{ term_sum(figure.denominator) }} as decimal(24, 6)) as denominator_{{ loop.index }}
        , cast({{ term_sum(figure.weight) }} as decimal(24, 6)) as weight_{{ loop.index }}
        {% endfor %}
    from {{ ref(relation) }}
    group by county_code, period
),

{% endfor %}
final as (
    {% for relation in relations %}
    {% set relation_loop = loop %}
    {% for figure in figures if figure.relation == relation %}
    {% if not (loop.first and relation_loop.first) %}union all{% endif %}

    select
        county_code,
        period,
        '{{ figure.code }}' as indicator_code,
        '{{ figure.breakdown }}' as breakdown,
        numerator_{{ loop.index }} as numerator,
        denominator_{{ loop.index }} as denominator,
        weight_{{ loop.index }} as weight
    from totals_of_{{ relation }}
    {% endfor %}
    {% endfor %}
)

select * from final
