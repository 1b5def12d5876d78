{{ staged('reg_biz', key=['id_no', 'entity']) }}
