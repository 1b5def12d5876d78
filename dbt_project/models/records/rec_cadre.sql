{{ config(materialized='table') }}
-- One row per county, period and helper: whom the table of helpers names, with how many households.
with

links as (
    select
        *,
        row_number() over (
            partition by county_code, period, helper_id
            order by case when helper_id_no_key is null then 1 else 0 end, row_no
        ) as id_order
    from {{ ref('rec_helper') }}
    where helper_id is not null
),

final as (
    select
        county_code,
        period,
        max(as_of) as as_of,
        helper_id,
        max(case when id_order = 1 then helper_id_no_key end) as helper_id_no_key,
        count(distinct case when is_active then household_code end) as household_count,
        -- With the households of which it is not known whether they are still helped.
        count(distinct case when coalesce(is_active, true) then household_code end)
        as household_count_at_most,
        {{ no_provenance() }},
        min(row_no) as row_no,
        true as is_first,
        {{ numbered_row('helper_id') }} as record_id
    from links
    group by county_code, period, helper_id
)

select * from final
