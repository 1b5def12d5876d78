{{ staged('reg_vehicle', key=['id_no', 'plate']) }}
