{{ staged('link', key=['helper_id', 'household_code', 'start_on']) }}
