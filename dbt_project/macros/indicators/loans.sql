{# Microloans. #}
{% macro loan_indicators() %}
{% set definitions %}
- code: i_loan1
  name_zh: 户贷率
  name_en: Share of households with a microloan
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 获贷建档立卡户数
  denominator_zh: 建档立卡在册户数
  scope_zh: 累计;台账内全部贷款
  basis: domain/indicators.md I-LOAN1
  tables: [hh, loan]
  columns: [loan.household_code]
  from: ind_household
  where: on_roll
  numerator: count(*)
  numerator_where: has_loan
  denominator: count(*)

- code: i_loan2
  name_zh: 逾期率
  name_en: Overdue share of the loan balance
  kind: ratio
  unit: '%'
  term_unit: 元
  factor: 100
  numerator_zh: 逾期金额
  denominator_zh: 贷款余额
  scope_zh: 时点;台账内全部贷款
  basis: domain/indicators.md I-LOAN2;decisions.md 27
  tables: [loan]
  from: rec_loan
  where: is_first
  numerator: sum(overdue_yuan)
  denominator: sum(balance_yuan)

- code: i_loan5
  name_zh: 户均贷款
  name_en: Loans granted per borrowing household
  kind: ratio
  unit: 元/户
  term_unit: 元;户
  factor: 1
  numerator_zh: 累计发放额(续贷扣除)
  denominator_zh: 获贷户数(不重复)
  scope_zh: 累计;台账内全部贷款
  basis: domain/indicators.md I-LOAN5;decisions.md 27
  tables: [loan]
  columns: [loan.household_code, loan.is_renewal]
  from: rec_loan
  where: is_first
  numerator: sum(amount_yuan)
  numerator_where: is_renewal is distinct from true
  denominator: count(distinct household_code)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
