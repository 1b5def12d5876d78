{{ staged('emp', key=['person_code', 'start_month']) }}
