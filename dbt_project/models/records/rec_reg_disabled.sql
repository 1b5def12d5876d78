{{ config(materialized='table') }}
-- One row per accepted row of the register of disability certificates.
with

certificates as (
    select * from {{ ref('stg_filings__reg_disabled') }}
),

holders as (
    select
        county_code,
        period,
        id_no_key,
        household_code,
        person_code,
        village_code
    from {{ ref('rec_person') }}
    where is_live and is_first and register_key is not null
),

final as (
    select
        certificates.*,
        case certificates.kind
            when '视力' then '1' when '听力' then '2' when '言语' then '3' when '肢体' then '4'
            when '智力' then '5' when '精神' then '6' when '多重' then '7'
        end || cast({{ disability_grade_number('certificates.grade') }} as {{ dbt.type_string() }})
        as cert_digits,
        {{ disability_grade_number('certificates.grade') }} as grade_number,
        holders.household_code,
        holders.person_code,
        holders.village_code
    from certificates
    left join holders
        on
            certificates.county_code = holders.county_code
            and certificates.period = holders.period
            and certificates.cert_no_key = holders.id_no_key
)

select * from final
