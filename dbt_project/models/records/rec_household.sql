{{ config(materialized='table') }}
-- One row per accepted row of the household table.
with

households as (
    select * from {{ ref('stg_filings__households') }}
),

persons as (
    select
        county_code,
        period,
        household_code,
        person_code,
        relation,
        phone,
        is_first
    from {{ ref('stg_filings__persons') }}
    where {{ is_live('member_status') }}
),

filings as (
    select * from {{ ref('rec_filing') }}
),

villages as (
    select
        county_code,
        period,
        household_code,
        count(distinct village_code) as village_count
    from {{ ref('stg_filings__households') }}
    group by county_code, period, household_code
),

-- Only codes that more than one county ever filed can meet.
shared as (
    select household_code
    from {{ ref('stg_filings__households') }}
    group by household_code
    having min(county_code) <> max(county_code)
),

household_filings as (
    {{ filings_until_next(['hh']) }}
),

holders as (
    select
        villages.county_code,
        villages.period,
        villages.household_code,
        household_filings.next_period
    from villages
    inner join shared on villages.household_code = shared.household_code
    inner join household_filings
        on
            villages.county_code = household_filings.county_code
            and villages.period = household_filings.period
),

elsewhere as (
    select
        here.county_code,
        here.period,
        here.household_code,
        min(there.county_code) as other_county_code
    from holders as here
    inner join holders as there
        on
            here.household_code = there.household_code
            and {{ is_latest_elsewhere('here', 'there') }}
    group by here.county_code, here.period, here.household_code
),

-- The numbers at which a household can be reached: its own and its live members'. One digit said
-- over and over is no number, and a household that the table does not have is none (H002).
phones as (
    select
        county_code,
        period,
        household_code,
        trim(phone) as phone
    from (
        select
            county_code,
            period,
            household_code,
            phone
        from {{ ref('stg_filings__households') }}
        union distinct
        select
            persons.county_code,
            persons.period,
            persons.household_code,
            persons.phone
        from persons
        inner join villages using (county_code, period, household_code)
    ) as numbers
    where {{ is_digits('trim(phone)') }} and trim(phone) <> repeat(left(trim(phone), 1), length(trim(phone)))
    group by county_code, period, household_code, trim(phone)
),

phone_counts as (
    select
        county_code,
        period,
        phone,
        count(*) as household_count
    from phones
    group by county_code, period, phone
),

reached as (
    select
        phones.county_code,
        phones.period,
        phones.household_code,
        max(phone_counts.household_count) as phone_household_count
    from phones
    inner join phone_counts using (county_code, period, phone)
    group by phones.county_code, phones.period, phones.household_code
),

-- Members at work, by the number they are reached at. A place by name and one by code cannot be
-- told apart without a register of all places: only like is compared with like.
work_places as (
    select
        persons.county_code,
        persons.period,
        persons.household_code,
        trim(persons.phone) as phone,
        count(distinct persons.person_code) as worker_count,
        count(distinct case when {{ is_digits('trim(spells.work_county)') }} then trim(spells.work_county) end)
        as code_count,
        count(distinct case when not {{ is_digits('trim(spells.work_county)') }} then trim(spells.work_county) end)
        as name_count,
        count(case when trim(coalesce(spells.work_county, '')) = '' then 1 end) as unknown_count
    from persons
    inner join {{ ref('stg_filings__employment') }} as spells
        using (county_code, period, person_code)
    where persons.is_first and spells.is_working and trim(persons.phone) <> ''
    group by persons.county_code, persons.period, persons.household_code, trim(persons.phone)
),

workers as (
    select
        county_code,
        period,
        household_code,
        max(case when worker_count > 1 and (code_count > 1 or name_count > 1) then 1 else 0 end)
        as is_split,
        max(case when worker_count > 1 and unknown_count > 0 then 1 else 0 end) as is_unknown
    from work_places
    group by county_code, period, household_code
),

-- Heads of the previous filing whose leaving this filing records.
departed_heads as (
    select
        filings.county_code,
        filings.period,
        heads.household_code,
        min(heads.person_code) as person_code
    from filings
    inner join persons as heads
        on
            filings.county_code = heads.county_code
            and filings.prior_period = heads.period
    inner join {{ ref('stg_filings__member_changes') }} as changes
        on
            filings.county_code = changes.county_code
            and filings.period = changes.period
            and heads.person_code = changes.person_code
    where
        filings.table_name = 'p'
        and heads.relation = '户主'
        and changes.change_type in ('自然减少', '识别不准删除')
    group by filings.county_code, filings.period, heads.household_code
),

successions as (
    select
        departed_heads.county_code,
        departed_heads.period,
        departed_heads.household_code,
        departed_heads.person_code as departed_head_code,
        count(case when members.relation = '户主' then 1 end) as head_count,
        count(case when members.person_code is not null and members.relation is null then 1 end)
        as unknown_count
    from departed_heads
    left join persons as members
        on
            departed_heads.county_code = members.county_code
            and departed_heads.period = members.period
            and departed_heads.household_code = members.household_code
            and departed_heads.person_code <> members.person_code
    group by
        departed_heads.county_code,
        departed_heads.period,
        departed_heads.household_code,
        departed_heads.person_code
),

-- Arable land per head, of the household and of all the others of its village.
land as (
    select
        households.county_code,
        households.period,
        households.household_code,
        households.village_code,
        households.member_count,
        living.arable
    from {{ ref('stg_filings__households') }} as households
    inner join {{ ref('stg_filings__living_conditions') }} as living
        using (county_code, period, household_code)
    where
        households.is_first
        and living.is_first
        and living.arable is not null
        and households.member_count > 0
),

village_land as (
    select
        county_code,
        period,
        village_code,
        count(*) as household_count,
        sum(arable) as arable,
        sum(member_count) as member_count
    from land
    group by county_code, period, village_code
),

land_shares as (
    select
        land.county_code,
        land.period,
        land.household_code,
        land.arable / land.member_count as arable_per_head,
        village_land.household_count - 1 as village_other_count,
        (village_land.arable - land.arable)
        / nullif(village_land.member_count - land.member_count, 0) as village_arable_per_head
    from land
    inner join village_land using (county_code, period, village_code)
),

-- Divisions that the register of divisions knows under a code, and when they stood.
divisions as (
    select
        region_code,
        min(valid_from) as valid_from,
        max(coalesce(valid_to, cast('9999-12-31' as date))) as valid_to
    from {{ ref('dim_region') }}
    where level = 'county'
    group by region_code
),

final as (
    select
        households.*,
        -- Whatever is not said to stand beside the roll stands on it, also where there is no such column.
        households.household_type is distinct from '一般农户' as on_roll,
        households.household_type is distinct from '一般农户'
        and households.exit_status in ('未脱贫', '预脱贫', '返贫') as is_still_poor,
        villages.village_count,
        elsewhere.other_county_code,
        reached.phone_household_count,
        case
            when workers.is_split = 1 then true
            when workers.is_unknown = 1 then null
            else false
        end as is_phone_in_two_places,
        successions.departed_head_code,
        case
            when successions.head_count > 0 then true
            when successions.unknown_count > 0 then null
            when successions.head_count = 0 then false
        end as has_new_head,
        cast(land_shares.arable_per_head as decimal(20, 6)) as arable_per_head,
        cast(land_shares.village_arable_per_head as decimal(20, 6)) as village_arable_per_head,
        land_shares.village_other_count,
        -- A code counts for the whole of a year in which it stood at all.
        year(households.as_of) between year(divisions.valid_from) and year(divisions.valid_to)
        as is_valid_area
    from households
    left join divisions on left(households.village_code, 6) = divisions.region_code
    left join villages using (county_code, period, household_code)
    left join elsewhere using (county_code, period, household_code)
    left join reached using (county_code, period, household_code)
    left join workers using (county_code, period, household_code)
    left join successions using (county_code, period, household_code)
    left join land_shares using (county_code, period, household_code)
)

select * from final
