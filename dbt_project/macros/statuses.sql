{# The statuses of deliveries that do not count; the same as pipelines/core/statuses.py. #}

{# They wait, or waited in vain. #}
{% macro not_in_force() -%}
    ('waiting', 'superseded')
{%- endmacro %}

{# No row of them was taken, or none stands. #}
{% macro does_not_count() -%}
    ('refused', 'ignored', 'reply', 'waiting', 'superseded')
{%- endmacro %}
