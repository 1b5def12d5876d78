{# Dates the way the catalogue means them. Plain SQL where DuckDB and Spark agree. #}

{# The last day of a 'YYYY-MM' period: the data date of everything filed for it. #}
{% macro period_end(period) -%}
    last_day(cast({{ period }} || '-01' as date))
{%- endmacro %}

{# Full years between two dates, null where one is missing; 29 February comes of age on 1 March. #}
{% macro full_years(born, at) -%}
    cast(
        year({{ at }}) - year({{ born }})
        - case
            when month({{ at }}) * 100 + day({{ at }}) < month({{ born }}) * 100 + day({{ born }}) then 1
            else 0
        end as integer
    )
{%- endmacro %}

{# The latest 1 September not after a date: the day on which school age is counted. #}
{% macro school_year_start(at) -%}
    make_date(cast(year({{ at }}) - case when month({{ at }}) >= 9 then 0 else 1 end as integer), 9, 1)
{%- endmacro %}

{#
  Was the stage that a filed date column tells reached at `at`? true or false where the date is
  known, false where the cell is blank (not reached), unknown where something stands there that is
  no full date, or where there is no such column.
#}
{% macro reached(at, on, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    case
        when {{ prefix }}{{ on }} is not null then {{ prefix }}{{ on }} <= {{ at }}
        when {{ is_empty(on, relation) }} then false
    end
{%- endmacro %}

{#
  Does what runs from one filed date to another, both included, run at `at`? A first day that is not
  given is unknown; a last day that is not given has not come, and is unknown where it is no full
  date or where there is no such column.
#}
{% macro runs_at(at, first_on, last_on, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    (
        {{ prefix }}{{ first_on }} <= {{ at }}
        and case
            when {{ prefix }}{{ last_on }} is not null then {{ prefix }}{{ last_on }} >= {{ at }}
            when {{ is_empty(last_on, relation) }} then true
        end
    )
{%- endmacro %}

{# An ISO text with offset as the county's own time: every such text is written in it. #}
{% macro local_time(text) -%}
    cast(replace(left({{ text }}, 19), 'T', ' ') as timestamp)
{%- endmacro %}
