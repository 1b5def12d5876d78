-- One row per accepted row of the table of teams.
select * from {{ ref('stg_filings__assistance_teams') }}
