{#
  Each filing of some tables: table_name, county_code, period, as_of, and the period of the county's
  next filing of that table. Comparisons with other counties start from what two counties share and
  ask then whether they meet; all pairs of counties would be their number squared.
#}
{% macro filings_until_next(table_names) -%}
    select
        table_name,
        county_code,
        period,
        as_of,
        lead(period) over (partition by county_code, table_name order by period) as next_period
    from {{ ref('rec_filing') }}
    where table_name in ('{{ table_names | join("', '") }}')
{%- endmacro %}

{#
  Is a filing of another county, with its next_period, that county's latest one not after the period
  here (decision 6)?
#}
{% macro is_latest_elsewhere(here, there) -%}
    (
        {{ here }}.county_code <> {{ there }}.county_code
        and {{ here }}.period >= {{ there }}.period
        and coalesce({{ here }}.period < {{ there }}.next_period, true)
    )
{%- endmacro %}
