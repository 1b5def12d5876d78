{{ staged('reg_school', key=['id_no', 'stu_no']) }}
