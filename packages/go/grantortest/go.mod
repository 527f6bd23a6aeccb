module github.com/grantor/grantor/packages/go/grantortest

go 1.21
