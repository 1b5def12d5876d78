{{ config(materialized='table') }}
-- One row per household, person (of facts about a person) and fact that three filings tell: the
-- national system's table, the county's own form and the department's register. Only facts that
-- the department knows something about.
with

persons as (
    select *
    from {{ ref('rec_person') }}
    where is_live
),

households as (
    select *
    from {{ ref('rec_household') }}
    where is_first
),

incomes as (
    select
        county_code,
        period,
        household_code,
        case when {{ is_empty('dibao_amt') }} then false else dibao_amt > 0 end as has_dibao
    from {{ ref('rec_income') }}
    where is_first
),

heads as (
    select
        persons.county_code,
        persons.period,
        persons.household_code,
        max(persons.register_key) as register_key,
        min({{ plain_name('persons.name') }}) as name,
        min({{ plain_name('citizens.name') }}) as office_name
    from persons
    inner join {{ ref('rec_reg_police') }} as citizens
        on
            persons.county_code = citizens.county_code
            and persons.period = citizens.period
            and persons.register_key = citizens.id_no_key
    where persons.relation = '户主' and citizens.is_first
    group by persons.county_code, persons.period, persons.household_code
    having count(distinct persons.person_code) = 1
),

names as (
    select
        households.county_code,
        households.period,
        households.as_of,
        households.household_code,
        cast(null as {{ dbt.type_string() }}) as person_code,
        households.village_code,
        '户主姓名' as fact,
        '户表' as system_source,
        '成员表' as form_source,
        '公安登记' as office_source,
        {{ plain_name('households.head_name') }} as system_value,
        heads.name as form_value,
        heads.office_name as office_value,
        heads.register_key
    from households
    inner join heads using (county_code, period, household_code)
),

reliefs as (
    select
        persons.county_code,
        persons.period,
        persons.household_code,
        max(persons.register_key) as register_key,
        -- Somebody who began or ended this year has an amount of part of a year: no contradiction.
        max(case
            when year(reliefs.start_on) = year(reliefs.as_of) or year(reliefs.last_on) = year(reliefs.as_of) then 1
            else 0
        end) = 1 as changed_this_year,
        max(case when reliefs.is_active then 1 else 0 end) = 1 as is_active,
        count(*) > count(reliefs.is_active) as is_unknown
    from persons
    inner join {{ ref('rec_reg_civil') }} as reliefs
        on
            persons.county_code = reliefs.county_code
            and persons.period = reliefs.period
            and persons.register_key = reliefs.id_no_key
    where reliefs.aid = '低保'
    group by persons.county_code, persons.period, persons.household_code
),

claims as (
    select
        county_code,
        period,
        household_code,
        max(case when dibao_policy <> '未享受' then 1 else 0 end) = 1 as claims_dibao,
        count(*) > count(dibao_policy) as is_unknown
    from persons
    group by county_code, period, household_code
),

aids as (
    select
        households.county_code,
        households.period,
        households.as_of,
        households.household_code,
        cast(null as {{ dbt.type_string() }}) as person_code,
        households.village_code,
        '是否低保' as fact,
        '成员表' as system_source,
        '收入表' as form_source,
        '民政登记' as office_source,
        case when claims.claims_dibao then '是' when not claims.is_unknown then '否' end as system_value,
        case
            when reliefs.changed_this_year then null
            when incomes.has_dibao then '是'
            when not incomes.has_dibao then '否'
        end as form_value,
        case
            when reliefs.changed_this_year then null
            when reliefs.is_active then '是'
            when not reliefs.is_unknown then '否'
        end as office_value,
        reliefs.register_key
    from households
    inner join reliefs using (county_code, period, household_code)
    inner join claims using (county_code, period, household_code)
    inner join incomes using (county_code, period, household_code)
),

certificates as (
    select
        county_code,
        period,
        cert_no_key,
        max(case when status = '有效' then 1 else 0 end) = 1 as is_valid,
        count(*) > count(status) as is_unknown
    from {{ ref('rec_reg_disabled') }}
    group by county_code, period, cert_no_key
),

disabilities as (
    select
        persons.county_code,
        persons.period,
        persons.as_of,
        persons.household_code,
        persons.person_code,
        persons.village_code,
        '是否残疾' as fact,
        '成员表健康状况' as system_source,
        '成员表残疾证号' as form_source,
        '残联登记' as office_source,
        case when array_contains(persons.health, '残疾') then '是' when persons.health is not null then '否' end
        as system_value,
        case
            when length(persons.disability_no) >= 20 or length(persons.id_no) >= 20 then '是'
            when {{ is_empty('disability_no', 'persons', as_text=false) }} is not null then '否'
        end as form_value,
        case when certificates.is_valid then '是' when not certificates.is_unknown then '否' end as office_value,
        persons.register_key
    from persons
    inner join certificates
        on
            persons.county_code = certificates.county_code
            and persons.period = certificates.period
            and persons.register_key = certificates.cert_no_key
),

facts as (
    select * from names
    union all
    select * from aids
    union all
    select * from disabilities
),

final as (
    select
        county_code,
        period,
        as_of,
        household_code,
        person_code,
        village_code,
        fact,
        system_source,
        form_source,
        office_source,
        -- A name is compared, never shown.
        case when fact <> '户主姓名' then system_value end as system_value,
        case when fact <> '户主姓名' then form_value end as form_value,
        case when fact <> '户主姓名' then office_value end as office_value,
        system_value = form_value as system_is_form,
        system_value = office_value as system_is_office,
        form_value = office_value as form_is_office,
        -- Keys of the rows to look at, of each fact its own.
        case when fact = '户主姓名' then household_code end as name_household_code,
        case when fact = '户主姓名' then register_key end as name_key,
        case when fact = '是否低保' then household_code end as relief_household_code,
        case when fact = '是否低保' then register_key end as relief_key,
        case when fact = '是否残疾' then person_code end as disability_person_code,
        case when fact = '是否残疾' then register_key end as disability_key,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('household_code, person_code, fact') }} as record_id
    from facts
)

select * from final
