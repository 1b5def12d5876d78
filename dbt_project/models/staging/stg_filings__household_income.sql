{{ staged('inc', key=['household_code']) }}
