{{ staged('reg_vehicle', key=['id_no_key', 'plate']) }}
