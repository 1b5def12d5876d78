{# Monitoring, help, rectification, data quality. #}
{% macro governance_indicators() %}
{% set definitions %}
- code: i_mon1
  name_zh: 风险消除率
  name_en: Share of monitored risk eliminated
  kind: ratio
  unit: '%'
  term_unit: 人(户)
  factor: 100
  numerator_zh: 风险已消除的监测人口(户)
  denominator_zh: 纳入监测的人口(户),每户取最近一次识别
  scope_zh: 时点;监测对象,含不在册的边缘易致贫户
  basis: domain/indicators.md I-MON1
  tables: [mon, p]
  columns: [p.household_code, mon.risk_eliminated]
  from: ind_monitored
  numerator: sum(member_count)
  numerator_where: is_eliminated
  denominator: sum(member_count)
  readings:
    - breakdown: ''
    - {breakdown: count=households, columns: [mon.risk_eliminated], numerator: count(*), denominator: count(*)}
  by:
    name: type
    column: monitor_type
    columns: [mon.monitor_type]
    values:
      unstable: 脱贫不稳定户
      edge: 边缘易致贫户
      sudden: 突发严重困难户

- code: i_hlp1
  name_zh: 结对帮扶覆盖率
  name_en: Share of households with a current helper
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 有当期帮扶责任人的户
  denominator_zh: 建档立卡在册户和不在册的监测户
  scope_zh: 时点;含边缘易致贫户
  basis: domain/indicators.md I-HLP1
  tables: [hh, link]
  columns: [link.end_on]
  from: ind_household
  where: on_roll or is_monitored
  numerator: count(*)
  numerator_where: has_helper
  denominator: count(*)

- code: i_rec1
  name_zh: 整改完成率
  name_en: Share of rectification issues done
  kind: ratio
  unit: '%'
  term_unit: 个
  factor: 100
  numerator_zh: 已完成和已完成并长期坚持的问题(reading=strict 只计已完成)
  denominator_zh: 问题总数
  scope_zh: 时点
  basis: domain/indicators.md I-REC1;decisions.md 25
  tables: [iss]
  columns: [iss.status]
  from: rec_issue
  where: is_first
  numerator: count(*)
  numerator_where: status in ('已完成', '已完成并长期坚持')
  denominator: count(*)
  readings:
    - breakdown: ''
    - {breakdown: reading=strict, numerator_where: status = '已完成'}

- code: i_dq1
  name_zh: 有问题贫困户占比
  name_en: Share of households with an error finding
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 有未解决的“错误”级疑点的户
  denominator_zh: 建档立卡在册户数
  scope_zh: 时点;建档立卡在册户;未报的表和缺的列无从核查,不计入
  basis: domain/indicators.md I-DQ1
  tables: [hh]
  from: ind_household
  where: on_roll
  numerator: count(*)
  numerator_where: has_error_finding
  denominator: count(*)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
