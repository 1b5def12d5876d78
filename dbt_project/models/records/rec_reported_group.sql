{{ config(materialized='table') }}
-- One row per county, period and figure that the county's own latest percentages divide.
with

parts as (
    select * from {{ ref('rec_reported') }}
    where is_own and is_latest and unit = '%' and parent is not null
),

numbered as (
    select
        *,
        row_number() over (
            partition by county_code, period, parent, as_of
            order by row_no, source_file, source_sheet, source_row
        ) as part_no
    from parts
),

totals as (
    select
        county_code,
        period,
        parent,
        as_of,
        count(*) as part_count,
        -- A share that could not be read leaves the total unknown.
        case when count(*) = count(value) then sum(value) end as printed_total,
        max(value_decimals) as decimals
    from parts
    group by county_code, period, parent, as_of
)

select
    numbered.county_code,
    numbered.period,
    numbered.period_end,
    numbered.as_of,
    numbered.parent as indicator,
    numbered.group_den as den,
    totals.printed_total,
    totals.part_count,
    totals.decimals,
    {{ provenance('numbered') }},
    numbered.row_no,
    true as is_first,
    numbered.record_id
from numbered
inner join totals using (county_code, period, parent, as_of)
where numbered.part_no = 1
