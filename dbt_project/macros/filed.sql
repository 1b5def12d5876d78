{#
  The columns of a filed table come from the dictionary by way of the generated
  models/staging/_sources.yml: a new column appears in staging, records and facts by itself.
#}

{#
  A staging model: every column as filed, the period's end, whether the row is its key's first in
  file order, the row's number in the table, and which columns its header lacks (null where none). A
  row whose key is incomplete repeats nobody.
  `end_as` names the period's end where the filed table has an as_of of its own (reported totals).

  Both marks come from narrow joins, not from windows, and the wide relation is named twice rather
  than put in a CTE: a window or a materialised CTE would carry all columns along.
  row_no is unique within a filing.
#}
{% macro staged(alias, key, end_as='as_of') %}
with

firsts as (
    select
        county_code,
        period,
        {{ key | join(', ') }},
        min(row_no) as first_row_no
    from {{ source('lake', alias) }}
    group by county_code, period, {{ key | join(', ') }}
),

lacking as (
    select * from {{ source('receipts', 'absent_columns') }}
    where table_name = '{{ alias }}'
)

select
    filed.*,
    {{ period_end('filed.period') }} as {{ end_as }},
    coalesce(filed.row_no = firsts.first_row_no, true) as is_first,
    {{ row_id('filed.row_no', 'filed') }} as record_id,
    lacking.absent_columns
from {{ source('lake', alias) }} as filed
left join lacking
    on
        filed.submission_id = lacking.submission_id
        and filed.source_file = lacking.source_file
        and filed.source_sheet = lacking.source_sheet
        and filed.source_row between lacking.first_row and lacking.last_row
left join firsts
    on
        filed.county_code = firsts.county_code
        and filed.period = firsts.period
        {%- for column in key %}
        and filed.{{ column }} = firsts.{{ column }}
        {%- endfor %}
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

{# The same columns of a record that stands for no single filed row. #}
{% macro no_provenance() -%}
    cast(null as {{ dbt.type_string() }}) as submission_id,
    cast(null as {{ dbt.type_string() }}) as source_file,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as bigint) as source_row
{%- endmacro %}

{#
  Is a filed cell empty? Unknown where its sheet lacks the column. `as_text` for a column whose
  text as filed stands beside the value: what cannot be read is not empty.
#}
{% macro is_empty(column, relation='', as_text=true) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    case
        when not coalesce(array_contains({{ prefix }}absent_columns, '{{ column }}'), false)
            then trim(coalesce({{ prefix }}{{ column }}{{ '_text' if as_text }}, '')) = ''
    end
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

{# Does a member status count as living in the household? An empty one does. #}
{% macro is_live(status) -%}
    coalesce({{ status }} in ('正常', '自然增加'), true)
{%- endmacro %}

{# What a payment adds to what was paid: a reversal takes away, whatever its sign as filed. #}
{% macro signed_yuan(kind, amount) -%}
    case when {{ kind }} = '退回冲销' then -abs({{ amount }}) else {{ amount }} end
{%- endmacro %}

{#
  A sum that is unknown where one of its amounts is, and null over no rows. `filter` is an SQL
  filter clause for the rows that count.
#}
{% macro sum_of_all(amount, filter='') -%}
    case
        when count(*) {{ filter }} = count({{ amount }}) {{ filter }}
            then sum({{ amount }}) {{ filter }}
    end
{%- endmacro %}

{# The newest receipt, withdrawal or admission (text, county's time): what is known tonight was known by then. #}
{% macro newest_event() -%}
    (
        select max(events.occurred_at)
        from (
            select received_at as occurred_at from {{ source('receipts', 'submission') }}
            union all
            select withdrawn_at as occurred_at from {{ source('receipts', 'withdrawal') }}
            union all
            select admitted_at as occurred_at from {{ source('receipts', 'admission') }}
        ) as events
    )
{%- endmacro %}
