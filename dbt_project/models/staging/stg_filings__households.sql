{{ staged('hh', key=['household_code']) }}
