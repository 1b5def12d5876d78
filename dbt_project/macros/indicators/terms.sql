{#
A term of a figure (aggregate and conditions, as generated) as SQL: zero where no row meets the
conditions, null where one that does lacks the value (then the figure is unknown), and null where
the indicator has no such term.
#}
{% macro term_sum(term) -%}
    {%- if not term -%}
        null
    {%- elif not term.where -%}
        {{ term_total(term.aggregate, '') }}
    {%- else -%}
        {%- set filter = 'filter (where (' ~ (term.where | join(') and (')) ~ '))' -%}
        case when count(*) {{ filter }} = 0 then 0 else {{ term_total(term.aggregate, filter) }} end
    {%- endif -%}
{%- endmacro %}

{# An aggregate over the rows of a filter; sum(x) is unknown where one of them lacks x. #}
{% macro term_total(aggregate, filter) -%}
    {%- if aggregate.startswith('sum(') -%}
        {{ sum_of_all(aggregate[4:-1], filter) }}
    {%- else -%}
        {{ aggregate }} {{ filter }}
    {%- endif -%}
{%- endmacro %}

{# A text as an SQL literal. #}
{% macro sql_text(value) %}'{{ value | replace("'", "''") }}'{% endmacro %}

{#
The published terms and value of a figure from its sums: the same for a county and for a city,
so that a city's figure is the ratio of sums. Null where a term is missing or the base is zero.
#}
{% macro figure_base() -%}
    case when kind = 'ratio' then denominator_sum else weight_sum end
{%- endmacro %}

{% macro figure_term(column) -%}
    case
        when kind = 'difference' and weight_sum is not null
            then cast(factor * {{ column }} / nullif(weight_sum, 0) as decimal(24, 6))
        else {{ column }}
    end
{%- endmacro %}

{# Over columns kind, factor, numerator and denominator. #}
{% macro figure_value() -%}
    case kind
        when 'ratio'
            then factor * cast(numerator as double) / nullif(cast(denominator as double), 0)
        when 'difference' then cast(numerator - denominator as double)
        else cast(numerator as double)
    end
{%- endmacro %}
