{{ config(materialized='table') }}
-- One row per accepted row of the civil affairs register.
with

reliefs as (
    select
        *,
        case
            when kind in ('农村低保', '城市低保') then '低保'
            when kind in ('分散特困', '集中特困') then '特困'
            when kind is not null then '其他'
        end as aid,
        case
            when {{ is_empty('end_on') }} then date '9999-12-31' else end_on
        end as last_on
    from {{ ref('stg_filings__reg_civil') }}
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

doubles as (
    select
        destitute.record_id,
        max(case
            when subsistence.start_on is null or subsistence.last_on is null then null
            when
                destitute.start_on <= subsistence.last_on
                and subsistence.start_on <= destitute.last_on
                and greatest(destitute.start_on, subsistence.start_on) <= destitute.as_of
                then 1
            when destitute.start_on is not null and destitute.last_on is not null then 0
        end) as is_double,
        count(case when subsistence.start_on is null or subsistence.last_on is null then 1 end)
        as unknown_count
    from reliefs as destitute
    inner join reliefs as subsistence
        on
            destitute.county_code = subsistence.county_code
            and destitute.period = subsistence.period
            and destitute.id_no_key = subsistence.id_no_key
    where destitute.aid = '特困' and subsistence.aid = '低保'
    group by destitute.record_id
),

final as (
    select
        reliefs.*,
        {{ runs_at('reliefs.as_of', 'start_on', 'end_on', 'reliefs') }} as is_active,
        -- Of 特困 rows only: the same person has 低保 at the same time.
        case
            when reliefs.aid is distinct from '特困' then null
            when doubles.record_id is null then false
            when doubles.is_double = 1 then true
            when doubles.unknown_count = 0 and doubles.is_double = 0 then false
        end as overlaps_subsistence,
        holders.household_code,
        holders.person_code,
        holders.village_code
    from reliefs
    left join doubles on reliefs.record_id = doubles.record_id
    left join holders
        on
            reliefs.county_code = holders.county_code
            and reliefs.period = holders.period
            and reliefs.id_no_key = holders.id_no_key
)

select * from final
