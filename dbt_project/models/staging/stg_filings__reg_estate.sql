{{ staged('reg_estate', key=['id_no_key', 'unit_no']) }}
