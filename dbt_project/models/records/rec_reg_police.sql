-- One row per accepted row of the police register.
select * from {{ ref('stg_filings__reg_police') }}
