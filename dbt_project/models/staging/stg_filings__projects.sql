{{ staged('prj', key=['project_code']) }}
