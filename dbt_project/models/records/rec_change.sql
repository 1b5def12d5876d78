{{ config(materialized='table') }}
-- One row per accepted row of the table of member changes.
with

changes as (
    select * from {{ ref('stg_filings__member_changes') }}
),

person_filings as (
    select
        county_code,
        period,
        {{ period_end('prior_period') }} as prior_as_of
    from {{ ref('rec_filing') }}
    where table_name = 'p'
),

-- Of the dead, filed now or in the previous filing, the last year the medical register insures.
deceased as (
    select
        county_code,
        period,
        person_code
    from changes
    where change_reason = '死亡'
),

identities as (
    select
        persons.county_code,
        persons.period,
        persons.person_code,
        persons.id_no_key
    from {{ ref('stg_filings__persons') }} as persons
    inner join deceased using (county_code, period, person_code)
    union distinct
    select
        departed.county_code,
        departed.period,
        departed.person_code,
        departed.id_no_key
    from {{ ref('rec_person_departed') }} as departed
    inner join deceased using (county_code, period, person_code)
),

insured as (
    select
        identities.county_code,
        identities.period,
        identities.person_code,
        max(registered.year) as last_insured_year
    from identities
    inner join {{ ref('stg_filings__reg_medical') }} as registered
        using (county_code, period, id_no_key)
    where registered.insured
    group by identities.county_code, identities.period, identities.person_code
)

select
    changes.*,
    changes.change_date > person_filings.prior_as_of and changes.change_date <= changes.as_of
    as in_interval,
    insured.last_insured_year
from changes
left join person_filings using (county_code, period)
left join insured using (county_code, period, person_code)
