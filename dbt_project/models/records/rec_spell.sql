{{ config(materialized='table') }}
-- One row per accepted row of the employment table.
with

spells as (
    select * from {{ ref('stg_filings__employment') }}
),

-- What the filing county is called: by its code, its name, its name without 县, 市 or 区.
counties as (
    select
        region_code as county_code,
        max(region_name) as county_name
    from {{ ref('dim_region') }}
    where valid_to is null
    group by region_code
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

final as (
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
            when spells.end_month is not null or spells.is_working
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
        end as is_outside_county
    from spells
    left join counties using (county_code)
    left join first_work using (county_code, period, person_code)
    left join births using (county_code, period, person_code)
)

select * from final
