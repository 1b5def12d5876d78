{{ staged('reg_housing', key=['id_no_key']) }}
