"""An OAuth 2.0 and OpenID Connect server for tests: see `grantor.testing`, and the program `grantor`."""
