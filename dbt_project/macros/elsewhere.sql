{#
  Each county and period that filed a table against every other county's latest filing of it that is
  not after the period (decision 6): table_name, county_code, period, as_of, other_county_code,
  other_period.
#}
{% macro latest_elsewhere(table_names) -%}
    select
        here.table_name,
        here.county_code,
        here.period,
        here.as_of,
        elsewhere.county_code as other_county_code,
        max(elsewhere.period) as other_period
    from {{ ref('rec_filing') }} as here
    inner join {{ ref('rec_filing') }} as elsewhere
        on
            here.table_name = elsewhere.table_name
            and here.county_code <> elsewhere.county_code
            and here.period >= elsewhere.period
    where here.table_name in ('{{ table_names | join("', '") }}')
    group by here.table_name, here.county_code, here.period, here.as_of, elsewhere.county_code
{%- endmacro %}
