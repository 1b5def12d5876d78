{{ staged('reg_estate', key=['id_no', 'unit_no']) }}
