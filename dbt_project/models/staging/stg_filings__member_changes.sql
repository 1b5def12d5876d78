{{ staged('chg', key=['person_code', 'change_date', 'change_reason']) }}
