{{ staged('reg_housing', key=['id_no']) }}
