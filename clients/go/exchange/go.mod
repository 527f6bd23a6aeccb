module grantor/clients/exchange

go 1.21
