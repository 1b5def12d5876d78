{{ staged('ben', key=['project_code', 'household_code']) }}
