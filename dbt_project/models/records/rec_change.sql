{{ config(materialized='table') }}
-- One row per accepted row of the table of member changes.
with

changes as (
    select * from {{ ref('stg_filings__member_changes') }}
),

person_filings as (
    select
        county_code,
        period,
        {{ period_end('prior_period') }} as prior_as_of
    from {{ ref('rec_filing') }}
    where table_name = 'p'
)

select
    changes.*,
    changes.change_date > person_filings.prior_as_of and changes.change_date <= changes.as_of
    as in_interval
from changes
left join person_filings using (county_code, period)
