{{ config(materialized='table') }}
-- One row per accepted row of the medical insurance register, with who the insured is to the county.
with

insured as (
    select * from {{ ref('stg_filings__reg_medical') }}
),

filings as (
    select
        county_code,
        period,
        prior_period
    from {{ ref('rec_filing') }}
    where table_name = 'p'
),

-- Whoever is on file now or was in the filing before: people die and move out during a year.
on_file as (
    select
        filings.county_code,
        filings.period,
        persons.id_no_key
    from filings
    inner join {{ ref('rec_person') }} as persons
        on
            filings.county_code = persons.county_code
            and persons.period in (filings.period, filings.prior_period)
    where persons.id_no_key is not null
    group by filings.county_code, filings.period, persons.id_no_key
),

holders as (
    select
        county_code,
        period,
        id_no_key,
        household_code,
        person_code,
        village_code,
        is_supported
    from {{ ref('rec_person') }}
    where is_live and is_first and register_key is not null
),

-- Others who have one-stop settlement by their own right.
entitled as (
    select
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_civil') }}
    where is_active
    union
    select
        county_code,
        period,
        cert_no_key as id_no_key
    from {{ ref('rec_reg_disabled') }}
    where status = '有效'
),

final as (
    select
        insured.*,
        insured.year = year(insured.as_of) as is_this_year,
        insured.total_yuan - insured.reimbursed_yuan as self_pay_yuan,
        case when length(insured.id_no) >= 18 then on_file.id_no_key is not null end as is_on_file,
        case when length(insured.id_no) >= 18 then coalesce(holders.is_supported, false) end
        as is_supported,
        entitled.id_no_key is not null as is_entitled,
        holders.household_code,
        holders.person_code,
        holders.village_code
    from insured
    left join on_file using (county_code, period, id_no_key)
    left join holders using (county_code, period, id_no_key)
    left join entitled using (county_code, period, id_no_key)
)

select * from final
