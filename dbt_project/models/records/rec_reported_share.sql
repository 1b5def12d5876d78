-- One row per share of a cause of poverty that a county printed itself (own, latest), with the
-- households and persons of its roll who have that cause. The share of 其他 (99) stands for every
-- cause that is not printed beside it. Who has no cause on record may have any.
with

shares as (
    select
        *,
        right(indicator, 2) as cause_code
    from {{ ref('rec_reported') }}
    where is_own and is_latest and unit = '%' and parent = 'cause_share' and indicator like 'cause_share_%'
),

causes as (
    select * from {{ ref('dim_cause_of_poverty') }}
),

counted as (
    select
        county_code,
        period,
        main_cause,
        count(*) as household_count,
        0 as person_count
    from {{ ref('rec_household') }}
    where is_first and on_roll
    group by county_code, period, main_cause
    union all
    select
        county_code,
        period,
        main_cause,
        0 as household_count,
        count(*) as person_count
    from {{ ref('rec_person') }}
    where is_first and is_live and on_roll
    group by county_code, period, main_cause
),

tallies as (
    select
        counted.county_code,
        counted.period,
        counted.household_count,
        counted.person_count,
        causes.cause_code
    from counted
    left join causes on counted.main_cause = causes.cause_name_zh
),

matched as (
    select
        shares.record_id,
        tallies.household_count,
        tallies.person_count,
        case
            when tallies.cause_code is null then 'unknown'
            when
                tallies.cause_code = shares.cause_code
                or (shares.cause_code = '99' and printed.cause_code is null)
                then 'hit'
        end as outcome
    from shares
    inner join tallies
        on shares.county_code = tallies.county_code and shares.period = tallies.period
    left join shares as printed
        on
            shares.county_code = printed.county_code
            and shares.period = printed.period
            and shares.as_of = printed.as_of
            and tallies.cause_code = printed.cause_code
),

summed as (
    select
        record_id,
        sum(household_count) as household_total,
        sum(person_count) as person_total,
        sum(case when outcome = 'hit' then household_count else 0 end) as household_hits,
        sum(case when outcome = 'hit' then person_count else 0 end) as person_hits,
        sum(case when outcome = 'unknown' then household_count else 0 end) as household_unknown,
        sum(case when outcome = 'unknown' then person_count else 0 end) as person_unknown
    from matched
    group by record_id
),

final as (
    select
        shares.*,
        cast(summed.household_total as bigint) as household_total,
        cast(summed.person_total as bigint) as person_total,
        cast(summed.household_hits as bigint) as household_hits,
        cast(summed.person_hits as bigint) as person_hits,
        cast(summed.household_unknown as bigint) as household_unknown,
        cast(summed.person_unknown as bigint) as person_unknown
    from shares
    left join summed on shares.record_id = summed.record_id
)

select * from final
