{{ staged('reg_payroll', key=['id_no_key', 'kind']) }}
