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
