{# The guarantees: medical insurance, housing, water, compulsory schooling. #}
{% macro guarantee_indicators() %}
{% set definitions %}
- code: i_med1
  name_zh: 基本医保参保率
  name_en: Basic medical insurance coverage
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  numerator_zh: 参加居民或职工基本医疗保险的人口
  denominator_zh: 应参保人口(在册正常人员,现役军人除外)
  scope_zh: 时点;建档立卡在册人口
  basis: domain/indicators.md I-MED1
  tables: [hh, p]
  columns: [p.household_code, p.is_soldier, p.has_resident_medical, p.has_employee_medical]
  from: ind_person
  where: on_roll and must_be_insured
  numerator: count(*)
  numerator_where: is_insured
  denominator: count(*)

- code: i_hou1
  name_zh: 住房安全率
  name_en: Share of households in safe housing
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 不是危房户(或鉴定为A、B级)的户
  denominator_zh: 建档立卡在册户数
  scope_zh: 时点;建档立卡在册户
  basis: domain/indicators.md I-HOU1
  tables: [hh, liv]
  columns: [liv.is_dangerous, liv.dangerous_grade]
  from: ind_household
  where: on_roll
  numerator: count(*)
  numerator_where: has_safe_house
  denominator: count(*)

- code: i_water1
  name_zh: 饮水安全达标率
  name_en: Share of households with safe drinking water
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 饮水安全且不困难,已填的水量、水质、取水时间、保证率均达标的户
  denominator_zh: 建档立卡在册户数
  scope_zh: 时点;建档立卡在册户
  basis: domain/indicators.md I-WATER1;阈值见 thresholds
  tables: [hh, liv]
  columns: [liv.drink_safe, liv.drink_difficult, liv.water_l, liv.fetch_min, liv.supply_rate, liv.water_quality]
  from: ind_household
  where: on_roll
  numerator: count(*)
  numerator_where: has_safe_water
  denominator: count(*)

- code: i_edu1
  name_zh: 义务教育保障率
  name_en: Compulsory education coverage
  kind: ratio
  unit: '%'
  term_unit: 人
  factor: 100
  numerator_zh: 在校、到适龄上限(15岁)已完成初中,或因病、因残辍学(计为按规定休学)的适龄人口
  denominator_zh: 义务教育适龄人口(学年开始时)
  scope_zh: 时点;建档立卡在册人口
  basis: domain/indicators.md I-EDU1
  tables: [hh, p]
  columns: [p.household_code, p.birth_date, p.student_status, p.dropout_reason, p.education]
  from: ind_person
  where: on_roll and is_school_age
  numerator: count(*)
  numerator_where: is_in_education
  denominator: count(*)
{% endset %}
{{ return(fromyaml(definitions)) }}
{% endmacro %}
