{{ staged('reg_police', key=['id_no_key']) }}
