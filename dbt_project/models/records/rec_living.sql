-- One row per accepted row of the living conditions table.
select * from {{ ref('stg_filings__living_conditions') }}
