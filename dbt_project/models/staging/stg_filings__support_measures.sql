{{ staged('mea', key=['household_code', 'measure_item', 'started_on']) }}
