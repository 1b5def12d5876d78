{# Money: allocated, paid, matched with projects. #}
{% macro fund_indicators() %}
{% set definitions %}
- code: i_fund1
  name_zh: 资金拨付率
  name_en: Disbursement rate
  kind: ratio
  unit: '%'
  term_unit: 元
  factor: 100
  numerator_zh: 当年预算资金的累计支付(冲销扣除)
  denominator_zh: 当年预算的下达(分配)资金
  scope_zh: 累计;数据日期所在预算年度
  basis: domain/indicators.md I-FUND1;decisions.md 27
  tables: [fa, fp]
  from: ind_county
  numerator: sum(paid_yuan)
  denominator: sum(allocated_yuan)

- code: i_fund10
  name_zh: 资金项目匹配率
  name_en: Allocated funds over the budget of projects in the pool
  kind: ratio
  unit: '%'
  term_unit: 元
  factor: 100
  bounded: false
  numerator_zh: 当年预算的下达(分配)资金
  denominator_zh: 在库实施项目的资金规模(终止项目除外)
  scope_zh: 时点;数据日期所在预算年度
  basis: domain/indicators.md I-FUND10
  tables: [fa, prj]
  columns: [prj.in_pool, prj.status]
  from: ind_county
  numerator: sum(allocated_yuan)
  denominator: sum(pool_budget_yuan)

- code: i_fund11
  name_zh: 拨付-形象进度差
  name_en: Payment progress minus physical progress
  kind: difference
  unit: 百分点
  term_unit: '%'
  factor: 100
  numerator_zh: 累计支付占合同金额的百分比
  denominator_zh: 按合同金额加权的形象进度
  scope_zh: 时点;有合同金额和形象进度且未终止的项目
  basis: domain/indicators.md I-FUND11
  tables: [prj, fp]
  columns: [prj.status, prj.contract_yuan, prj.progress_pct, fp.project_code]
  from: rec_project
  where: >-
    is_first and contract_yuan > 0 and progress_pct is not null
    and status is distinct from '终止'
  numerator: sum(case when has_payments then paid_yuan else 0 end)
  denominator: sum(contract_yuan * progress_pct / 100)
  weight: sum(contract_yuan)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
