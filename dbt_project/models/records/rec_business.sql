-- One row per accepted row of the business register.
select * from {{ ref('stg_filings__reg_biz') }}
