{#
  Nobody reads the build database while dbt works: a model is made in place, without the copies and
  renames by which dbt spares readers of what stands. Where the database says what its relations
  were made of (schema `partitions`, see pipelines/core/partitions), only the counties whose inputs
  changed are computed, from their rows alone; the others stand as they are.
#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='table'))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='view'))) }}
{% endmaterialization %}

{% macro made_in_place(target) %}
    {%- set existing = load_cached_relation(target) -%}
    {%- if 'models' not in model.tags or not keeps_partitions() -%}
        {{ make_whole(target, existing) }}
    {%- else -%}
        {%- set change = note_stale(target, existing) -%}
        {%- if change == 'none' -%}
            {%- call noop_statement('main', 'CARRIED OVER') -%}{%- endcall -%}
        {%- elif change == 'some' -%}
            {%- if target.type == 'view' -%}
                {%- call noop_statement('main', 'AS BEFORE') -%}{%- endcall -%}
            {%- else -%}
                {{ make_counties(target) }}
            {%- endif -%}
            {{ note_built(target) }}
        {%- else -%}
            {{ make_whole(target, existing) }}
            {{ note_built(target) }}
        {%- endif -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmacro %}

{% macro make_whole(target, existing) %}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create {{ target.type }} {{ target }} as ({{ model.compiled_code }})
    {%- endcall -%}
{% endmacro %}

{# Compute the stale counties of a table: of what it reads, their rows are all that is there. #}
{% macro make_counties(target) %}
    {%- set stale = stale_counties(partition_name(target)) -%}
    {%- set code = namespace(text=model.compiled_code) -%}
    {%- for read, theirs in parents_cut_down(target) -%}
        {%- set code.text = code.text | replace(read, theirs) -%}
    {%- endfor -%}
    {%- do run_query('delete from ' ~ target ~ ' where county_code in (' ~ stale ~ ')') -%}
    {%- call statement('main') -%}
        insert into {{ target }} ({{ code.text }})
    {%- endcall -%}
{% endmacro %}
