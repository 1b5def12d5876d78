{{ staged('agg', key=['indicator', 'as_of', 'batch_id'], end_as='period_end') }}
