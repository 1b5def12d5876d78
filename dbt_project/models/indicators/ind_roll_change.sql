-- One row per county and period with a change between two filings: households that left the roll.
with

changes as (
    select * from {{ ref('rec_change') }} where in_interval and household_code is not null
),

filings as (
    select * from {{ ref('rec_filing') }} where table_name = 'hh'
),

households as (
    select * from {{ ref('rec_household') }} where is_first and on_roll
),

-- 整户销户 takes a household off; deletions do where they leave none of it on the roll.
gone as (
    select distinct
        changes.county_code,
        changes.period,
        changes.household_code
    from changes
    left join households
        on
            changes.county_code = households.county_code
            and changes.period = households.period
            and changes.household_code = households.household_code
    where
        changes.change_type = '整户自然消亡'
        or (changes.change_type = '识别不准删除' and households.household_code is null)
),

final as (
    select
        gone.county_code,
        gone.period,
        count(*) as gone_hh,
        count(*) filter (where before.is_still_poor) as gone_poor_hh
    from gone
    inner join filings
        on gone.county_code = filings.county_code and gone.period = filings.period
    inner join households as before
        on
            gone.county_code = before.county_code
            and filings.prior_period = before.period
            and gone.household_code = before.household_code
    group by gone.county_code, gone.period
)

select * from final
