{# Thresholds at a date. One holds for whole months: the first day of the date's month decides. #}

{# Does a row of rec_threshold hold at a date? #}
{% macro holds_at(thresholds, moment) -%}
    (
        {{ thresholds }}.valid_from <= cast(date_trunc('month', {{ moment }}) as date)
        and coalesce({{ thresholds }}.valid_to >= cast(date_trunc('month', {{ moment }}) as date), true)
    )
{%- endmacro %}

{#
  Some thresholds at each county and data date that a relation has: county_code, as_of, and a column
  named after each kind.
#}
{% macro thresholds_at(relation, kinds) -%}
    select
        dates.county_code,
        dates.as_of,
        {%- for kind in kinds %}
        max(case when thresholds.kind = '{{ kind }}' then thresholds.value end) as {{ kind }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (select distinct county_code, as_of from {{ relation }}) as dates
    inner join {{ ref('rec_threshold') }} as thresholds
        on dates.county_code = thresholds.county_code and {{ holds_at('thresholds', 'dates.as_of') }}
    where thresholds.kind in ('{{ kinds | join("', '") }}')
    group by dates.county_code, dates.as_of
{%- endmacro %}
