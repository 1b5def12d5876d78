-- One row per county, period, village and kind of public post held there at the data date.
with

posts as (
    select * from {{ ref('rec_post') }}
    where is_active and village_code is not null and post_name is not null
)

select
    county_code,
    period,
    max(as_of) as as_of,
    village_code,
    post_name,
    count(*) as holder_count,
    min(pay_yuan) as lowest_pay_yuan,
    max(pay_yuan) as highest_pay_yuan,
    count(*) > count(pay_yuan) as has_unknown_pay,
    {{ no_provenance() }},
    min(row_no) as row_no,
    true as is_first,
    min(record_id) as record_id
from posts
group by county_code, period, village_code, post_name
