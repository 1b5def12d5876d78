{{ staged('reg_medical', key=['id_no', 'kind']) }}
