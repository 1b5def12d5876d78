{{ config(materialized='table') }}
-- One row per person whom a department's register shows in need, whoever the person is to the county.
with

reliefs as (
    select
        county_code,
        period,
        as_of,
        id_no_key,
        min(id_no) as id_no
    from {{ ref('rec_reg_civil') }}
    where is_active and kind in ('农村低保', '分散特困', '集中特困')
    group by county_code, period, as_of, id_no_key
),

certificates as (
    select
        county_code,
        period,
        as_of,
        cert_no_key as id_no_key,
        min(cert_no) as id_no
    from {{ ref('rec_reg_disabled') }}
    where status = '有效' and grade_number <= 2
    group by county_code, period, as_of, cert_no_key
),

houses as (
    select
        county_code,
        period,
        as_of,
        id_no_key,
        min(id_no) as id_no
    from {{ ref('rec_reg_housing') }}
    where is_latest and is_unsafe
    group by county_code, period, as_of, id_no_key
),

treatments as (
    select
        county_code,
        period,
        as_of,
        id_no_key,
        min(id_no) as id_no,
        sum(self_pay_yuan) as self_pay_yuan
    from {{ ref('rec_reg_medical') }}
    where is_this_year
    group by county_code, period, as_of, id_no_key
),

costs as (
    select treatments.*
    from treatments
    inner join {{ ref('rec_threshold') }} as thresholds
        on
            treatments.county_code = thresholds.county_code
            and {{ holds_at('thresholds', 'treatments.as_of') }}
    where thresholds.kind = 'medical_self_pay_high' and treatments.self_pay_yuan >= thresholds.value
),

reasons as (
    select county_code, period, as_of, id_no_key, id_no, '低保或特困' as reason, cast(null as decimal(38, 6)) as self_pay_yuan from reliefs
    union all
    select county_code, period, as_of, id_no_key, id_no, '重度残疾' as reason, cast(null as decimal(38, 6)) as self_pay_yuan from certificates
    union all
    select county_code, period, as_of, id_no_key, id_no, '危房' as reason, cast(null as decimal(38, 6)) as self_pay_yuan from houses
    union all
    select county_code, period, as_of, id_no_key, id_no, '高额医疗费' as reason, cast(self_pay_yuan as decimal(38, 6)) as self_pay_yuan from costs
),

needy as (
    select
        county_code,
        period,
        as_of,
        id_no_key,
        min(id_no) as id_no,
        {{ joined('reason', '、', 'reason') }} as reasons,
        max(self_pay_yuan) as self_pay_yuan
    from reasons
    where id_no_key is not null
    group by county_code, period, as_of, id_no_key
),

persons as (
    select
        county_code,
        period,
        id_no_key,
        min(household_code) as household_code,
        min(person_code) as person_code,
        min(village_code) as village_code,
        max(case when is_supported then 1 else 0 end) as supported,
        count(case when is_supported is null then 1 end) as unknown_count
    from {{ ref('rec_person') }}
    where is_live and id_no_key is not null
    group by county_code, period, id_no_key
),

-- 四有 and townspeople: whoever has these is not among those to look for.
means as (
    select county_code, period, id_no_key from {{ ref('rec_reg_payroll') }} where is_public_servant or has_employer
    union
    select county_code, period, id_no_key from {{ ref('rec_reg_vehicle') }} where is_owned and kind in ('小型客车', '大型农机具')
    union
    select county_code, period, id_no_key from {{ ref('rec_reg_business') }} where is_running
    union
    select county_code, period, id_no_key from {{ ref('rec_reg_estate') }} where is_owned and kind in ('商品房', '商铺')
    union
    select county_code, period, id_no_key from {{ ref('rec_reg_police') }}
    where hukou_kind = '非农' or status in ('死亡注销', '迁出')
),

final as (
    select
        needy.county_code,
        needy.period,
        needy.as_of,
        needy.id_no_key,
        needy.id_no,
        needy.reasons,
        needy.self_pay_yuan,
        persons.household_code,
        persons.person_code,
        persons.village_code,
        case
            -- A number that is no number names nobody.
            when length(needy.id_no) < 18 then null
            when persons.supported = 1 then true
            when coalesce(persons.unknown_count, 0) = 0 then false
        end as is_supported,
        means.id_no_key is not null as has_means,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('needy.id_no_key', 'needy') }} as record_id
    from needy
    left join persons
        on
            needy.county_code = persons.county_code
            and needy.period = persons.period
            and needy.id_no_key = persons.id_no_key
    left join means
        on
            needy.county_code = means.county_code
            and needy.period = means.period
            and needy.id_no_key = means.id_no_key
)

select * from final
