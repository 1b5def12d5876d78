{{ staged('reg_civil', key=['id_no_key', 'kind']) }}
