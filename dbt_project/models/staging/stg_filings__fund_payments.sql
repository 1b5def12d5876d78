{{ staged('fp', key=['voucher_no']) }}
