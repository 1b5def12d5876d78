{#
  The columns of a filed table come from the dictionary by way of the generated
  models/staging/_sources.yml: a new column appears in staging, records and facts by itself.
#}

{# A staging model: every column as filed, the period's end, and whether the row is its key's first. #}
{#
  A row whose key is incomplete repeats nobody. `end_as` names the period's end where the filed
  table has an as_of of its own (reported totals).
#}
{% macro staged(alias, key, end_as='as_of') %}
select
    *,
    {{ period_end('period') }} as {{ end_as }},
    row_number() over (
        partition by county_code, period, {{ key | join(', ') }}
        order by row_no, source_file, source_sheet, source_row
    ) = 1
    {%- for column in key[1:] %} or {{ column }} is null {%- endfor %} as is_first
from {{ source('lake', alias) }}
{% endmacro %}

{#
  Dictionary columns of a filed table that may leave the house (nothing sensitive, ids as keys);
  with `all`, every column that the lake has of it.
#}
{% macro filed_columns(alias, relation='', without=[], all=false) -%}
    {%- if execute -%}
        {%- set prefix = relation ~ '.' if relation else '' -%}
        {%- set found = [] -%}
        {%- for node in graph.sources.values()
            if node.source_name == 'lake' and node.name == alias -%}
            {%- for column in node.columns.values()
                if (all or column.config.meta.public) and column.name not in without -%}
                {%- do found.append(prefix ~ column.name) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if not found -%}
            {{ exceptions.raise_compiler_error('lake.' ~ alias ~ ' is not in _sources.yml') }}
        {%- endif -%}
        {{ found | join(',\n    ') }}
    {%- else -%}
        null as unknown
    {%- endif -%}
{%- endmacro %}

{# Where a row stands in the delivery. #}
{% macro provenance(relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {{ prefix }}submission_id,
    {{ prefix }}source_file,
    {{ prefix }}source_sheet,
    {{ prefix }}source_row
{%- endmacro %}

{# A fact that keeps a filed table's first row per key, without what is sensitive. #}
{% macro filed_fact(alias, model) %}
with filed as (
    select * from {{ ref(model) }}
    where is_first
)

select
    county_code,
    period,
    as_of,
    {{ filed_columns(alias) }},
    {{ provenance() }}
from filed
{% endmacro %}

{# A record's number in its view; it follows the file order. #}
{% macro record_number(relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    row_number() over (
        order by
            {{ prefix }}county_code,
            {{ prefix }}period,
            {{ prefix }}row_no,
            {{ prefix }}source_file,
            {{ prefix }}source_sheet,
            {{ prefix }}source_row
    ) as record_id
{%- endmacro %}
