{{ staged('reg_school', key=['id_no_key', 'stu_no']) }}
