{# How likely what was counted is by chance alone. #}

{#
  How likely a share at least as large is by chance: Chernoff's upper bound of P(X >= hits) for
  X ~ Binomial(total, p). 1 where the share does not exceed p.
#}
{% macro binomial_tail(hits, total, p) -%}
    case
        when {{ total }} = 0 or {{ hits }} <= {{ total }} * {{ p }} then 1.0
        when {{ hits }} = {{ total }} then exp({{ total }} * ln({{ p }}))
        else exp(
            -1.0 * {{ hits }} * ln({{ hits }} / ({{ total }} * {{ p }}))
            - ({{ total }} - {{ hits }})
            * ln(({{ total }} - {{ hits }}) / ({{ total }} * (1 - {{ p }})))
        )
    end
{%- endmacro %}
