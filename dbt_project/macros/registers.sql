{# What other departments' registers say, in one way for all of them. #}

{#
  CTE `latest_registrations`: for each thing of a register (a plate, a property unit) the latest
  date not after the data date, and how many people it stands to.
#}
{% macro latest_registrations(relation, thing) -%}
latest_registrations as (
    select
        county_code,
        period,
        {{ thing }},
        max(case when reg_on <= as_of then reg_on end) as latest_on,
        count(distinct id_no_key) as owner_count
    from {{ relation }}
    where {{ thing }} is not null
    group by county_code, period, {{ thing }}
)
{%- endmacro %}

{# Registered after the data date, or to somebody else later than to this person? #}
{% macro not_the_owners(relation) -%}
    ({{ relation }}.reg_on > {{ relation }}.as_of or {{ relation }}.reg_on < latest_registrations.latest_on)
{%- endmacro %}

{# True where the date or a sole owner says so; unknown for an undated entry among several. #}
{% macro still_the_owners(relation) -%}
    case
        when {{ relation }}.reg_on is not null or coalesce(latest_registrations.owner_count, 1) = 1 then true
    end
{%- endmacro %}

{# The stage of a school grade; null for grades that the dictionary does not know. #}
{% macro school_stage(grade) -%}
    case
        when {{ grade }} in ('学龄前儿童', '学前教育') then '学前'
        when {{ grade }} in ('小学', '初中', '技师', '本科', '硕士生及以上') then {{ grade }}
        when {{ grade }} like '普通高中_年级' then '普通高中'
        when {{ grade }} like '中职_年级' then '中职'
        when {{ grade }} like '高职高专_年级' then '高职高专'
    end
{%- endmacro %}

{# 1 to 4 for 一级 to 四级. #}
{% macro disability_grade_number(grade) -%}
    case {{ grade }} when '一级' then 1 when '二级' then 2 when '三级' then 3 when '四级' then 4 end
{%- endmacro %}

{# Of n people k are known: the share among the n - 1 others of one who is not; null without others. #}
{% macro share_of_others(known, due) -%}
    cast(case when {{ due }} > 1 then least(1.0 * {{ known }} / ({{ due }} - 1), 1) end as double)
{%- endmacro %}

{# A name without spaces and the dot that offices write or leave out. #}
{% macro plain_name(name) -%}
    replace(replace(replace(replace({{ name }}, ' ', ''), '　', ''), '·', ''), '•', '')
{%- endmacro %}
