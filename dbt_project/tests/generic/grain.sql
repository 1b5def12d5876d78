{# The grain of a model: at most one row per combination, counted with nulls as values. #}
{% test unique_combination(model, columns, where=none) %}
{%- set listed = columns | map('trim') | map('tojson') | join(', ') %}
select
    {{ listed }},
    count(*) as n_rows
from {{ model }}
{% if where %}where {{ where }}{% endif %}
group by {{ listed }}
having count(*) > 1
{% endtest %}

{# Codes keep their leading zeros: all values have exactly so many characters. #}
{% test code_length(model, column_name, length) %}
select {{ column_name }}
from {{ model }}
where length({{ column_name }}) <> {{ length }}
{% endtest %}

{# Something that must hold for every row; a row for which it is false or unknown fails. #}
{% test holds(model, that) %}
select *
from {{ model }}
where not coalesce({{ that }}, false)
{% endtest %}
