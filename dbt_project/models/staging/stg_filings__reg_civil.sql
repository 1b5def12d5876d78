{{ staged('reg_civil', key=['id_no', 'kind']) }}
