{{ staged('p', key=['person_code']) }}
