{{ staged('mon', key=['household_code', 'identified_on']) }}
