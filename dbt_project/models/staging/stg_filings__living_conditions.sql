{{ staged('liv', key=['household_code']) }}
