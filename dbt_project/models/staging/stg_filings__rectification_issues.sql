{{ staged('iss', key=['issue_id']) }}
