{{ config(materialized='table') }}
-- One row per county, period and town with live persons: how many of those whom a register should
-- know it does know. A county may file extracts: that somebody is missing from a register tells
-- something only where nearly everybody else of the town stands in it.
with

persons as (
    select
        *,
        student_status in ('小学', '初中') as is_pupil,
        coalesce(dibao_policy <> '未享受', false) or coalesce(tekun_policy <> '不享受', false)
        as claims_relief
    from {{ ref('rec_person') }}
    where is_live and register_key is not null and town_code is not null
),

police as (
    select distinct
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_police') }}
),

pupils as (
    select distinct
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_school') }}
),

reliefs as (
    select distinct
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_civil') }}
),

counted as (
    select
        persons.county_code,
        persons.period,
        persons.as_of,
        persons.town_code,
        count(*) as police_due,
        count(police.id_no_key) as police_known,
        sum(case when persons.is_pupil then 1 else 0 end) as school_due,
        sum(case when persons.is_pupil and pupils.id_no_key is not null then 1 else 0 end) as school_known,
        sum(case when persons.claims_relief then 1 else 0 end) as relief_due,
        sum(case when persons.claims_relief and reliefs.id_no_key is not null then 1 else 0 end) as relief_known
    from persons
    left join police
        on
            persons.county_code = police.county_code
            and persons.period = police.period
            and persons.register_key = police.id_no_key
    left join pupils
        on
            persons.county_code = pupils.county_code
            and persons.period = pupils.period
            and persons.register_key = pupils.id_no_key
    left join reliefs
        on
            persons.county_code = reliefs.county_code
            and persons.period = reliefs.period
            and persons.register_key = reliefs.id_no_key
    group by persons.county_code, persons.period, persons.as_of, persons.town_code
),

final as (
    select
        county_code,
        period,
        as_of,
        town_code,
        -- Among the others, as seen from one whom the register does not know; nobody else, no share.
        {{ share_of_others('police_known', 'police_due') }} as police_share,
        {{ share_of_others('school_known', 'school_due') }} as school_share,
        {{ share_of_others('relief_known', 'relief_due') }} as relief_share,
        {{ no_provenance() }},
        cast(null as bigint) as row_no,
        true as is_first,
        {{ numbered_row('town_code') }} as record_id
    from counted
)

select * from final
