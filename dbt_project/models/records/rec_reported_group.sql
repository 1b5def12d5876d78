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

bases as (
    select
        county_code,
        period,
        parent,
        as_of,
        count(*) as part_count,
        -- What the shares are shares of, where the parts agree on it.
        case when min(den) = max(den) then max(den) end as den
    from parts
    group by county_code, period, parent, as_of
),

final as (
    select
        numbered.county_code,
        numbered.period,
        numbered.period_end,
        numbered.as_of,
        numbered.parent as indicator,
        bases.part_count,
        bases.den,
        {{ provenance('numbered') }},
        numbered.row_no,
        true as is_first,
        numbered.record_id
    from numbered
    inner join bases using (county_code, period, parent, as_of)
    where numbered.part_no = 1
)

select * from final
