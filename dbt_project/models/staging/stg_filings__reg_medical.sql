{{ staged('reg_medical', key=['id_no_key', 'kind']) }}
