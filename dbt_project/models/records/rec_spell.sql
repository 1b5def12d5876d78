{{ config(materialized='table') }}
-- One row per accepted row of the employment table.
with

spells as (
    select * from {{ ref('stg_filings__employment') }}
),

regions as (
    select * from {{ ref('dim_region') }}
    where valid_to is null
),

-- What the filing county is called: by its code, its name, its name without 县, 市 or 区.
counties as (
    select
        region_code as county_code,
        max(region_name) as county_name
    from regions
    group by region_code
),

provinces as (
    select
        left(region_code, 2) as province_code,
        max(region_name) as province_name
    from regions
    where region_code like '__0000'
    group by left(region_code, 2)
),

first_work as (
    select
        county_code,
        period,
        person_code,
        min(row_no) as first_row_no
    from {{ ref('stg_filings__employment') }}
    where is_working
    group by county_code, period, person_code
),

births as (
    select
        county_code,
        period,
        person_code,
        birth_date
    from {{ ref('stg_filings__persons') }}
    where is_first
),

placed as (
    select
        spells.*,
        -- A month and a birthday are compared by month.
        cast(
            year(spells.start_month) - year(births.birth_date)
            - case when month(spells.start_month) < month(births.birth_date) then 1 else 0 end
            as integer
        ) as start_age,
        coalesce(spells.row_no = first_work.first_row_no, false) as is_first_working,
        -- A spell that goes on ends for now at the data date; one that has neither begun nor ended
        -- by what is filed is unknown.
        case
            when spells.start_month is null then null
            when spells.end_month is not null or (spells.is_working and {{ is_empty('end_month', 'spells') }})
                then greatest(
                    0,
                    (year(least(coalesce(spells.end_month, spells.as_of), spells.as_of)) - year(spells.as_of)) * 12
                    + month(least(coalesce(spells.end_month, spells.as_of), spells.as_of))
                    - case
                        when year(spells.start_month) < year(spells.as_of) then 1
                        else month(spells.start_month)
                    end + 1
                )
            when spells.start_month > spells.as_of then 0
        end as months_in_year,
        case
            when trim(coalesce(spells.work_county, '')) = '' then null
            when {{ is_digits('trim(spells.work_county)') }}
                then left(trim(spells.work_county), 6) <> spells.county_code
            when counties.county_name is null then true
            else not (
                trim(spells.work_county) like '%' || counties.county_name
                or trim(spells.work_county) || right(counties.county_name, 1) = counties.county_name
            )
        end as is_outside_county,
        -- A province's name stands with or without what comes after it (湖北, 湖北省荆州市).
        case
            when length(trim(spells.work_prov)) < 2 then null
            when {{ is_digits('trim(spells.work_prov)') }}
                then left(trim(spells.work_prov), 2) = left(spells.county_code, 2)
            else
                provinces.province_name like trim(spells.work_prov) || '%'
                or trim(spells.work_prov) like provinces.province_name || '%'
        end as is_home_province,
        -- Who works and has no end works until the data date.
        case
            when spells.end_month is not null then spells.end_month
            when {{ is_empty('end_month', 'spells') }} and spells.is_working
                then cast(date_trunc('month', spells.as_of) as date)
        end as last_month
    from spells
    left join counties using (county_code)
    left join provinces on left(spells.county_code, 2) = provinces.province_code
    left join first_work using (county_code, period, person_code)
    left join births using (county_code, period, person_code)
),

-- Every two rows of one person, once from either side.
pairs as (
    select
        one.county_code,
        one.period,
        one.record_id,
        one.row_no,
        one.start_month,
        other.record_id as other_record_id,
        other.row_no as other_row_no,
        other.start_month as other_start_month,
        other.is_first as other_is_first,
        one.start_month < other.last_month and other.start_month < one.last_month as is_overlapping,
        -- Two counties for sure: a code and a name of places outside cannot be compared.
        case
            when one.is_outside_county <> other.is_outside_county then true
            when not one.is_outside_county then false
            when
                {{ is_digits('trim(one.work_county)') }}
                <> {{ is_digits('trim(other.work_county)') }}
                then null
            when {{ is_digits('trim(one.work_county)') }}
                then left(trim(one.work_county), 6) <> left(trim(other.work_county), 6)
            else not (
                trim(one.work_county) like '%' || trim(other.work_county)
                or trim(other.work_county) like '%' || trim(one.work_county)
                or trim(one.work_county) || right(trim(other.work_county), 1) = trim(other.work_county)
                or trim(other.work_county) || right(trim(one.work_county), 1) = trim(one.work_county)
            )
        end as is_elsewhere
    from placed as one
    inner join placed as other
        on
            one.county_code = other.county_code
            and one.period = other.period
            and one.person_code = other.person_code
            and one.record_id <> other.record_id
),

previous as (
    select
        county_code,
        period,
        record_id,
        other_record_id,
        row_number() over (
            partition by county_code, period, record_id
            order by other_start_month desc, other_row_no
        ) as choice
    from pairs
    where other_start_month < start_month and other_is_first
),

-- Told at the row that comes later in the file.
clashes as (
    select
        county_code,
        period,
        record_id,
        min(case when is_overlapping and is_elsewhere then other_record_id end) as other_record_id,
        max(case when (is_overlapping and is_elsewhere) is null then 1 else 0 end) = 1 as is_unclear
    from pairs
    where other_row_no < row_no
    group by county_code, period, record_id
),

final as (
    select
        placed.*,
        previous.other_record_id as previous_record_id,
        clashes.other_record_id as clash_record_id,
        case
            when clashes.other_record_id is not null then true
            when coalesce(clashes.is_unclear, false) then null
            else false
        end as is_in_two_counties
    from placed
    left join previous
        on
            placed.county_code = previous.county_code
            and placed.period = previous.period
            and placed.record_id = previous.record_id
            and previous.choice = 1
    left join clashes
        on
            placed.county_code = clashes.county_code
            and placed.period = clashes.period
            and placed.record_id = clashes.record_id
)

select * from final
