{# Projects: started, completed, accepted. All projects filed, and by level of their allocation. #}
{% macro project_indicators() %}
{% set definitions %}
- code: i_prj1
  name_zh: 开工率
  name_en: Share of projects started
  kind: ratio
  unit: '%'
  term_unit: 个
  factor: 100
  numerator_zh: 已开工项目数
  denominator_zh: 项目数
  scope_zh: 时点;台账内全部项目,另按资金使用单位分乡镇(township)与市县直(direct)
  basis: domain/indicators.md I-PRJ1;decisions.md 22、27
  tables: [prj]
  columns: [prj.started_on]
  from: rec_project
  where: is_first
  numerator: count(*)
  numerator_where: is_started
  denominator: count(*)
  by:
    name: level
    column: level
    tables: [fa]
    columns: [fa.using_unit]
    values: {township: township, direct: direct}

- code: i_prj2
  name_zh: 完工率
  name_en: Share of projects completed
  kind: ratio
  unit: '%'
  term_unit: 个
  factor: 100
  numerator_zh: 已完工项目数
  denominator_zh: 项目数(不是已开工数)
  scope_zh: 时点;台账内全部项目,另按资金使用单位分乡镇(township)与市县直(direct)
  basis: domain/indicators.md I-PRJ2;decisions.md 22、27
  tables: [prj]
  columns: [prj.completed_on]
  from: rec_project
  where: is_first
  numerator: count(*)
  numerator_where: is_completed
  denominator: count(*)
  by:
    name: level
    column: level
    tables: [fa]
    columns: [fa.using_unit]
    values: {township: township, direct: direct}

- code: i_prj3
  name_zh: 验收率
  name_en: Share of completed projects accepted
  kind: ratio
  unit: '%'
  term_unit: 个
  factor: 100
  numerator_zh: 已验收项目数
  denominator_zh: 已完工项目数
  scope_zh: 时点;台账内全部项目,另按资金使用单位分乡镇(township)与市县直(direct)
  basis: domain/indicators.md I-PRJ3
  tables: [prj]
  columns: [prj.completed_on, prj.accepted_on]
  from: rec_project
  where: is_first
  numerator: count(*)
  numerator_where: is_accepted
  denominator: count(*)
  denominator_where: is_completed
  by:
    name: level
    column: level
    tables: [fa]
    columns: [fa.using_unit]
    values: {township: township, direct: direct}
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
