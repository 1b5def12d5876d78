-- One row per accepted row of the village table.
select * from {{ ref('stg_filings__villages') }}
