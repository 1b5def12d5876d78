{# Statistics behind what is only suspected: bounds of chance, and how many of the suspected are wrong. #}

{#
  An upper bound (Chernoff) of the chance that of `n` independent trials of probability `chance` at
  least `hits` succeed; 1 where that is no surprise.
#}
{% macro tail_bound(hits, n, chance) -%}
    case
        when {{ hits }} <= {{ chance }} * {{ n }} then 1.0
        when {{ hits }} = {{ n }} then exp({{ n }} * ln({{ chance }}))
        else exp(
            - {{ hits }} * ln(cast({{ hits }} as double) / {{ n }} / {{ chance }})
            - ({{ n }} - {{ hits }})
            * ln((1 - cast({{ hits }} as double) / {{ n }}) / (1 - {{ chance }}))
        )
    end
{%- endmacro %}

{#
  The false discovery rate (Benjamini and Hochberg) at which a row with this chance is still
  reported, among the rows of one family. `ranked` says its rank by chance, `n` the family's size.
#}
{% macro discovery_rate(chance, ranked, n, family, tie) -%}
    round(least(1.0, min({{ chance }} * {{ n }} / {{ ranked }}) over (
        partition by {{ family }} order by {{ ranked }} desc, {{ tie }}
        rows between unbounded preceding and current row
    )), 12)
{%- endmacro %}
