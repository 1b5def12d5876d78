{# Work: away, returned, steady. #}
{% macro work_indicators() %}
{% set definitions %}
- code: i_emp1
  name_zh: 外出务工规模与上年比
  name_en: Persons working away over the year before
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  bounded: false
  numerator_zh: 现在县外务工的在册人口
  denominator_zh: 上年最后一次户、成员、务工三表齐全的报送的同口径人数(没有的,用上报的上年外出务工人数)
  scope_zh: 时点
  basis: domain/indicators.md I-EMP1;decisions.md 27
  tables: [hh, p, emp]
  columns: [p.household_code, emp.is_working, emp.work_county, emp.end_month]
  from: ind_county
  numerator: sum(away_pop)
  denominator: sum(away_pop_year_before)

- code: i_emp3
  name_zh: 返乡再就业率
  name_en: Share of returned workers in work again
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  numerator_zh: 返乡后再就业人数
  denominator_zh: 外出务工后返乡人数
  scope_zh: 时点;在册人口
  basis: domain/indicators.md I-EMP3
  tables: [hh, p, emp]
  columns: [p.household_code, emp.is_returned, emp.is_reemployed]
  from: ind_worker
  numerator: count(*)
  numerator_where: is_reemployed
  denominator: count(*)
  denominator_where: is_returned

- code: i_emp4
  name_zh: 有劳动力户稳定就业覆盖率
  name_en: Households with labour where someone has steady work
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 至少一人稳定就业的有劳动力户(到数据日期为止12个月内,各段务工月份合计(不重复)达到阈值表的稳定就业月数,首尾月都算)
  denominator_zh: 有劳动力户(有技能或普通劳动力)
  scope_zh: 时点;建档立卡在册户
  basis: domain/indicators.md I-EMP4;domain/rules.md E019
  tables: [hh, p, emp]
  columns: [p.household_code, p.labor_ability, emp.is_working, emp.end_month]
  from: ind_household
  where: on_roll and has_labour
  numerator: count(*)
  numerator_where: has_steady_work
  denominator: count(*)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
