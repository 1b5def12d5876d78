{{ staged('reg_biz', key=['id_no_key', 'entity']) }}
