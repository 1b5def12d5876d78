{# What DuckDB and Spark write differently, behind one name each. #}

{# One row per element of a list column; the element is named `element`. #}
{% macro explode_list(relation, list, columns) -%}
    {{ return(adapter.dispatch('explode_list', 'filings')(relation, list, columns)) }}
{%- endmacro %}

{% macro duckdb__explode_list(relation, list, columns) -%}
    select {{ columns | join(', ') }}, unnest({{ list }}) as element from {{ relation }}
{%- endmacro %}

{% macro spark__explode_list(relation, list, columns) -%}
    select {{ columns | join(', ') }}, explode({{ list }}) as element from {{ relation }}
{%- endmacro %}

{# One row per month from one date to another (both first of a month), column `month`. #}
{% macro months_between(first, last) -%}
    {{ return(adapter.dispatch('months_between', 'filings')(first, last)) }}
{%- endmacro %}

{% macro duckdb__months_between(first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 month)) as date) as month
{%- endmacro %}

{% macro spark__months_between(first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval 1 month)) as month
{%- endmacro %}

{# Is the text all digits? #}
{% macro is_digits(text) -%}
    {{ return(adapter.dispatch('is_digits', 'filings')(text)) }}
{%- endmacro %}

{% macro duckdb__is_digits(text) -%}
    regexp_full_match({{ text }}, '[0-9]+')
{%- endmacro %}

{% macro spark__is_digits(text) -%}
    {{ text }} rlike '^[0-9]+$'
{%- endmacro %}

{# Is the text the name of a county: a few Chinese characters that end in 县, 市, 区 or 旗? #}
{% macro is_county_name(text) -%}
    {{ return(adapter.dispatch('is_county_name', 'filings')(text)) }}
{%- endmacro %}

{% macro duckdb__is_county_name(text) -%}
    regexp_full_match({{ text }}, '[一-鿿]{1,14}[县市区旗]')
{%- endmacro %}

{% macro spark__is_county_name(text) -%}
    {{ text }} rlike '^[一-鿿]{1,14}[县市区旗]$'
{%- endmacro %}

{# Texts of a group joined in an order, nulls left out. #}
{% macro joined(value, separator, order_by) -%}
    {{ return(adapter.dispatch('joined', 'filings')(value, separator, order_by)) }}
{%- endmacro %}

{% macro duckdb__joined(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined(value, separator, order_by) -%}
    array_join(
        transform(
            array_sort(collect_list(struct({{ order_by }} as place, {{ value }} as text))),
            pair -> pair.text
        ),
        '{{ separator }}'
    )
{%- endmacro %}
