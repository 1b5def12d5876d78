{{ staged('post', key=['post_id', 'person_code']) }}
