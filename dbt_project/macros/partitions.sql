{#
  What the build database knows of partitions, asked and told from dbt; the meaning of its tables
  and table macros stands in pipelines/core/partitions/partitions.sql.
#}

{# Does this database say what its relations were made of? Only a night's does. #}
{% macro keeps_partitions() %}
    {%- set built = adapter.get_relation(
        database=target.database, schema='partitions', identifier='built'
    ) -%}
    {{ return(built is not none) }}
{% endmacro %}

{% macro partition_name(relation) -%}
    {{ return(relation.schema ~ '.' ~ relation.identifier) }}
{%- endmacro %}

{# The counties of a model under way that are computed, as a query. #}
{% macro stale_counties(name) -%}
    {{ return("select county_code from partitions.changed where relation = '" ~ name ~ "'") }}
{%- endmacro %}

{#
  What a model reads, cut down to the counties that are computed: pairs of the relation as SQL names
  it and of the query that takes its place. What was filed is read from those counties' files alone.
#}
{% macro parents_cut_down(relation) %}
    {%- set name = partition_name(relation) -%}
    {%- set found = [] -%}
    {%- set rows = run_query(
        'select county.relation, county.expression, county.files_sql, '
        ~ "string_agg(file.path, '|' order by file.path) "
        ~ 'from partitions.parent inner join partitions.county on parent.parent = county.relation '
        ~ 'left join partitions.file on county.relation = file.relation and file.county_code in ('
        ~ stale_counties(name) ~ ") where parent.relation = '" ~ name
        ~ "' group by county.relation, county.expression, county.files_sql order by county.relation"
    ).rows -%}
    {%- for parent, expression, files_sql, files in rows -%}
        {%- set read = api.Relation.create(
            database=relation.database,
            schema=parent.split('.')[0],
            identifier=parent.split('.')[1]
        ) -%}
        {%- if files_sql and files -%}
            {%- set listed = files | replace("'", "''") | replace('|', "', '") -%}
            {%- set theirs = '(' ~ files_sql | replace('{files}', "['" ~ listed ~ "']") ~ ')' -%}
        {%- elif files_sql -%}
            {%- set theirs = '(select * from ' ~ read ~ ' where false)' -%}
        {%- else -%}
            {%- set theirs = '(select * from ' ~ read ~ ' where ' ~ expression ~ ' in ('
                ~ stale_counties(name) ~ '))' -%}
        {%- endif -%}
        {%- do found.append((read | string, theirs)) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#
  Note which partitions of a model are stale, which are from now on as if never built; return
  whether it is all of it, some or none.
#}
{% macro note_stale(relation, existing) %}
    {%- set name = partition_name(relation) -%}
    {%- set code = local_md5(relation.type ~ model.compiled_code) -%}
    {%- if existing is none or existing.type != relation.type -%}
        {%- do run_query("delete from partitions.built where relation = '" ~ name ~ "'") -%}
    {%- endif -%}
    {%- do run_query("delete from partitions.changed where relation = '" ~ name ~ "'") -%}
    {%- do run_query(
        "insert into partitions.changed select '" ~ name ~ "', county_code, inputs, is_wanted "
        ~ "from partitions.stale('" ~ name ~ "', '" ~ code ~ "')"
    ) -%}
    {%- set found = run_query(
        "select count(*), coalesce(bool_or(county_code = ''), false) from partitions.changed "
        ~ "where relation = '" ~ name ~ "'"
    ).rows[0] -%}
    {%- do run_query(
        "delete from partitions.built where relation = '" ~ name ~ "' and (county_code in ("
        ~ stale_counties(name) ~ ") or '' in (" ~ stale_counties(name) ~ '))'
    ) -%}
    {%- if found[1] -%}
        {%- do run_query(
            "insert into partitions.changed select '" ~ name ~ "', county_code, inputs, true "
            ~ "from partitions.wanted('" ~ name ~ "', '" ~ code ~ "') "
            ~ 'where county_code not in (' ~ stale_counties(name) ~ ')'
        ) -%}
        {{ return('all') }}
    {%- endif -%}
    {{ return('some' if found[0] else 'none') }}
{% endmacro %}

{#
  Note what was built of a model: of every county that was computed, and of the whole where all of
  it was. A view holds what its inputs hold.
#}
{% macro note_built(relation) %}
    {%- set name = partition_name(relation) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- set by_county = 'county_code' in columns | map(attribute='name') -%}
    {%- set shape = local_md5(columns | map(attribute='name') | join(',')) -%}
    {%- do run_query("delete from partitions.county where relation = '" ~ name ~ "'") -%}
    {%- if by_county -%}
        {%- do run_query("insert into partitions.county values ('" ~ name ~ "', 'county_code', null)") -%}
    {%- endif -%}
    {%- if relation.type == 'view' -%}
        {%- do run_query(
            'insert into partitions.built select relation, county_code, inputs, inputs, false '
            ~ "from partitions.changed where relation = '" ~ name ~ "' and is_wanted"
        ) -%}
    {%- elif by_county -%}
        {%- do run_query(
            "insert into partitions.built with held as (select county_code, "
            ~ "count(*) || ' ' || sum(hash(part)) as content from " ~ relation ~ ' as part '
            ~ 'where county_code in (' ~ stale_counties(name) ~ ") or '' in (" ~ stale_counties(name)
            ~ ") group by county_code) select '" ~ name ~ "', county_code, coalesce(changed.inputs, "
            ~ "whole.inputs), case when county_code = '' then '" ~ shape ~ "' else "
            ~ "coalesce(held.content, '0') end, false from (select * from partitions.changed where "
            ~ "relation = '" ~ name ~ "' and is_wanted) as changed full join held using (county_code)"
            ~ " left join (select inputs from partitions.changed where relation = '" ~ name
            ~ "' and county_code = '') as whole on true"
        ) -%}
    {%- else -%}
        {%- do run_query(
            "insert into partitions.built select '" ~ name ~ "', '', changed.inputs, '" ~ shape
            ~ " ' || (select count(*) || ' ' || coalesce(sum(hash(part)), 0) from " ~ relation
            ~ " as part), false from partitions.changed as changed where relation = '" ~ name
            ~ "' and county_code = ''"
        ) -%}
    {%- endif -%}
{% endmacro %}

{# Tests look at what they have not passed yet: the other counties stand as they were tested. #}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}
        {%- do conditions.append('(' ~ config.get('where') ~ ')') -%}
    {%- endif -%}
    {%- if execute and keeps_partitions() -%}
        {%- set name = partition_name(relation) -%}
        {%- set counties = run_query(
            "select coalesce(bool_and(not is_tested), true), (select count(*) from partitions.county "
            ~ "where county.relation = '" ~ name ~ "') from partitions.built where relation = '"
            ~ name ~ "'"
        ).rows[0] -%}
        {%- if counties[1] and not counties[0] -%}
            {%- do conditions.append(
                'county_code in (select county_code from partitions.built where relation = '
                ~ "'" ~ name ~ "' and not is_tested)"
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as tested') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
