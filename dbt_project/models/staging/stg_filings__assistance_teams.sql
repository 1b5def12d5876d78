{{ staged('team', key=['team_id', 'village_code']) }}
