{#
  Numbers of rows that depend on nothing but the row's own filing: what another county files, or the
  same county for another period, changes none of them. 421081, 2020-06, 12th row: 421081 12006 0000012.
#}

{# The number of a row: county, year since 1900, month, and its number in that filing (seven digits). #}
{% macro row_id(row_no, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    (
        (
            cast({{ prefix }}county_code as bigint) * 100000
            + (cast(left({{ prefix }}period, 4) as bigint) - 1900) * 100
            + cast(right({{ prefix }}period, 2) as bigint)
        ) * 10000000
        + {{ row_no }}
    )
{%- endmacro %}

{# The number of a row that was not filed as such: its place among those of its county and period. #}
{% macro numbered_row(order_by, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {{ row_id(
        'row_number() over (partition by ' ~ prefix ~ 'county_code, ' ~ prefix ~ 'period order by '
        ~ order_by ~ ')', relation
    ) }}
{%- endmacro %}
