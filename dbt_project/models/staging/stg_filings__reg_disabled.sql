{{ staged('reg_disabled', key=['cert_no_key']) }}
