{# Poverty, exit, causes, and the roll's balance. #}
{% macro poverty_indicators() %}
{% set definitions %}
- code: i_inc1
  name_zh: 贫困发生率
  name_en: Poverty incidence
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  numerator_zh: 未脱贫、预脱贫和返贫人口(在册、正常人员)
  denominator_zh: 乡村人口(行政村总人口之和;未报行政村表的,用上报的乡村人口)
  scope_zh: 时点;建档立卡在册人口
  basis: domain/indicators.md I-INC1;decisions.md 27
  tables: [hh, p]
  columns: [p.household_code, hh.exit_status]
  from: ind_county
  numerator: sum(still_poor_pop)
  denominator: sum(rural_pop)

- code: i_inc9
  name_zh: 返贫率
  name_en: Return-to-poverty rate
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  numerator_zh: 本期返贫人口
  denominator_zh: 上期末在册且已知不是未脱贫、预脱贫、返贫的人口
  scope_zh: 当期;建档立卡在册人口
  basis: domain/indicators.md I-INC9
  tables: [hh, p]
  columns: [p.household_code, hh.exit_status]
  from: ind_county
  numerator: sum(returned_pop)
  denominator: sum(opening_exited_pop)

- code: i_inc10
  name_zh: 累计脱贫率
  name_en: Share of the roll that has left poverty
  kind: ratio
  unit: '%'
  term_unit: 人(户)
  factor: 100
  numerator_zh: 已脱贫人口(户)
  denominator_zh: 建档立卡在册人口(户)
  scope_zh: 时点;建档立卡在册人口
  basis: domain/indicators.md I-INC10
  tables: [hh, p]
  columns: [p.household_code, hh.exit_status]
  from: ind_person
  where: on_roll
  numerator: count(*)
  numerator_where: not is_still_poor
  denominator: count(*)
  readings:
    - breakdown: ''
    - {breakdown: count=households, from: ind_household, columns: [hh.exit_status]}

- code: i_inc11
  name_zh: 致贫原因占比
  name_en: Share of a main cause of poverty
  kind: ratio
  unit: '%'
  term_unit: 人(户)
  factor: 100
  numerator_zh: 主要致贫原因为该原因的人口(户)
  denominator_zh: 建档立卡在册人口(户)
  scope_zh: 时点;人口按所在户的主要致贫原因
  basis: domain/indicators.md I-INC11
  tables: [hh, p]
  columns: [p.household_code, hh.main_cause]
  from: ind_person
  where: on_roll
  numerator: count(*)
  denominator: count(*)
  readings:
    - breakdown: ''
    - {breakdown: count=households, from: ind_household, columns: [hh.main_cause]}
  by:
    name: cause
    column: main_cause
    share: true
    plain: false
    values:
      '01': 因病
      '02': 因残
      '03': 因学
      '04': 因灾
      '05': 缺土地
      '06': 缺水
      '07': 缺技术
      '08': 缺劳力
      '09': 缺资金
      '10': 交通条件落后
      '11': 自身发展动力不足
      '99': 其他

- code: i_inc15
  name_zh: 动态管理平衡差
  name_en: Balance of the roll between two filings
  kind: difference
  unit: 人(户)
  term_unit: 人(户)
  factor: 1
  numerator_zh: 期初加本期增加、减本期减少后的应有数(在册;identity=stock 为未脱贫)
  denominator_zh: 期末实有数
  scope_zh: 当期;与上一次报送相比
  basis: domain/indicators.md I-INC15;decisions.md 20、25
  tables: [hh, p, chg]
  columns: [p.household_code, hh.exit_status, hh.first_identified_on, chg.household_code, chg.change_type]
  from: ind_county
  numerator: sum(expected_roll_pop)
  denominator: sum(closing_roll_pop)
  readings:
    - breakdown: ''
    - breakdown: count=households
      numerator: sum(expected_roll_hh)
      denominator: sum(closing_roll_hh)
    - breakdown: identity=stock
      numerator: sum(expected_poor_pop)
      denominator: sum(closing_poor_pop)
    - breakdown: count=households;identity=stock
      numerator: sum(expected_poor_hh)
      denominator: sum(closing_poor_hh)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
