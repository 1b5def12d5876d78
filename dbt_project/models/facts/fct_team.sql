-- One row per county, period, team and village.
{{ filed_fact('team', 'stg_filings__assistance_teams') }}
