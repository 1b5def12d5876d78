{{ config(materialized='table') }}
-- One row per accepted row of the housing register, with what it says at the data date.
with

appraisals as (
    select * from {{ ref('stg_filings__reg_housing') }}
),

latest as (
    select
        county_code,
        period,
        id_no_key,
        max(appraised_on) as latest_on
    from appraisals
    where appraised_on <= as_of
    group by county_code, period, id_no_key
),

final as (
    select
        appraisals.*,
        -- Of several appraisals the last one before the data date speaks; an undated one might.
        case
            when appraisals.appraised_on > appraisals.as_of then false
            when appraisals.appraised_on is null then latest.latest_on is null
            else appraisals.appraised_on = latest.latest_on
        end as is_latest,
        case
            when appraisals.grade in ('A', 'B') then false
            -- A renovation accepted since then made the house safe.
            when
                appraisals.grade in ('C', 'D')
                and appraisals.rehab_accepted_on
                between appraisals.appraised_on and appraisals.as_of
                then false
            when appraisals.grade in ('C', 'D') then true
        end as is_unsafe
    from appraisals
    left join latest
        on
            appraisals.county_code = latest.county_code
            and appraisals.period = latest.period
            and appraisals.id_no_key = latest.id_no_key
)

select * from final
