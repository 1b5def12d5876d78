{# What is only suspected: how likely it is by chance alone, and how many of the suspected are wrong. #}

{#
  How likely a share at least as large is by chance: Chernoff's upper bound of P(X >= hits) for
  X ~ Binomial(total, p). 1 where the share does not exceed p.
#}
{% macro binomial_tail(hits, total, p) -%}
    case
        when {{ hits }} <= {{ total }} * {{ p }} then 1.0
        when {{ hits }} = {{ total }} then exp({{ total }} * ln({{ p }}))
        else exp(
            -1.0 * {{ hits }} * ln({{ hits }} / ({{ total }} * {{ p }}))
            - ({{ total }} - {{ hits }})
            * ln(({{ total }} - {{ hits }}) / ({{ total }} * (1 - {{ p }})))
        )
    end
{%- endmacro %}

{#
  The false discovery rate (Benjamini and Hochberg) at which a row with this chance is still
  reported, among the rows of one family. `rank` is its number in the family by chance, no two
  alike; `n` is the family's size.
#}
{% macro false_discovery_rate(chance, rank, n, family) -%}
    cast(round(least(1.0, min({{ chance }} * {{ n }} / {{ rank }}) over (
        partition by {{ family }} order by {{ rank }}
        rows between current row and unbounded following
    )), 12) as double)
{%- endmacro %}
