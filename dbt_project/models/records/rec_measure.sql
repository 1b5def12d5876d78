-- One row per accepted row of the table of support measures.
select * from {{ ref('stg_filings__support_measures') }}
