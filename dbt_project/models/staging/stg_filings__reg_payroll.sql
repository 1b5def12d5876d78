{{ staged('reg_payroll', key=['id_no', 'kind']) }}
