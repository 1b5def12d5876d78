{{ config(materialized='table') }}
-- One row per accepted row of the ledger of public posts.
with

posts as (
    select
        *,
        {{ runs_at('as_of', 'contract_start', 'contract_end') }} as is_active
    from {{ ref('stg_filings__welfare_posts') }}
),

persons as (
    select
        county_code,
        period,
        person_code,
        id_no_key
    from {{ ref('stg_filings__persons') }}
    where is_first
),

households as (
    select
        county_code,
        period,
        household_code,
        village_code
    from {{ ref('stg_filings__households') }}
    where is_first
),

-- Those held at the data date first, then those of which it is not known.
ordered as (
    select
        county_code,
        period,
        record_id,
        row_number() over (
            partition by county_code, period, person_code
            order by case when is_active then 0 when is_active is null then 1 else 2 end, row_no
        ) as person_order,
        row_number() over (
            partition by county_code, period, post_id
            order by case when is_active then 0 when is_active is null then 1 else 2 end, row_no
        ) as post_order
    from posts
),

-- Work outside the county or in a place that is not known; a plan is no work.
away as (
    select
        county_code,
        period,
        person_code,
        record_id,
        row_no,
        is_outside_county,
        start_month,
        last_month
    from {{ ref('rec_spell') }}
    where
        coalesce(is_outside_county, true)
        and (is_working or start_month is not null or start_month_text is not null)
),

-- Whole months that contract and work have in common.
shared_spells as (
    select
        posts.county_code,
        posts.period,
        posts.record_id,
        away.record_id as away_record_id,
        away.row_no,
        case
            when away.is_outside_county
                then {{ dbt.datediff(
                    'greatest(posts.contract_start, away.start_month)',
                    'least(coalesce(posts.contract_end, posts.as_of), posts.as_of, away.last_month)',
                    'month'
                ) }}
        end as shared_months,
        posts.contract_start is null
        or (posts.contract_end is null and not coalesce({{ is_empty('contract_end', 'posts') }}, false))
        or away.start_month is null
        or away.last_month is null
        or away.is_outside_county is null as is_unclear
    from posts
    inner join away
        on
            posts.county_code = away.county_code
            and posts.period = away.period
            and posts.person_code = away.person_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by county_code, period, record_id
            order by case when is_unclear then 1 else 0 end, shared_months desc, row_no
        ) as choice,
        max(case when is_unclear then 1 else 0 end) over (
            partition by county_code, period, record_id
        ) = 1 as has_unclear
    from shared_spells
),

final as (
    select
        posts.*,
        persons.id_no_key,
        households.village_code,
        ordered.person_order = 1 and posts.person_code is not null and coalesce(posts.is_active, true)
        as is_first_of_person,
        case when ordered.post_order = 1 then posts.is_active else false end as is_counted,
        case when ranked.is_unclear then 0 else greatest(coalesce(ranked.shared_months, 0), 0) end
        as away_months,
        coalesce(ranked.has_unclear, false) as has_unclear_work,
        case when not ranked.is_unclear and ranked.shared_months > 0 then ranked.away_record_id end
        as away_record_id
    from posts
    left join persons using (county_code, period, person_code)
    left join households using (county_code, period, household_code)
    left join ordered
        on
            posts.county_code = ordered.county_code
            and posts.period = ordered.period
            and posts.record_id = ordered.record_id
    left join ranked
        on
            posts.county_code = ranked.county_code
            and posts.period = ranked.period
            and posts.record_id = ranked.record_id
            and ranked.choice = 1
)

select * from final
