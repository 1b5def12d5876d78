{{ staged('loan', key=['loan_no']) }}
