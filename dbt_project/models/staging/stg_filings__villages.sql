{{ staged('vil', key=['village_code']) }}
