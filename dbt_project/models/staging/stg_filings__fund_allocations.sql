{{ staged('fa', key=['doc_no', 'project_code']) }}
