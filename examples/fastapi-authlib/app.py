"""A service that takes access tokens (RFC 9068), and renews those of its own users."""

from datetime import datetime, timezone

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from fastapi import Body, Depends, FastAPI, Header, HTTPException
from joserfc import errors, jwk, jwt


def orders(issuer, audience, client_id, client_secret, now=lambda: datetime.now(timezone.utc)):
    app = FastAPI()

    def bearer(authorization: str = Header("")):
        keys = jwk.KeySet.import_key_set(requests.get(f"{issuer}/jwks", timeout=5).json())
        try:
            token = jwt.decode(authorization.removeprefix("Bearer "), keys, algorithms=["RS256"])
            own = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": audience}}
            jwt.JWTClaimsRegistry(int(now().timestamp()), exp={"essential": True}, **own).validate(token.claims)
        except (errors.JoseError, ValueError) as error:
            raise HTTPException(401, getattr(error, "error", "invalid_token")) from error
        if token.header.get("typ") != "at+jwt":
            raise HTTPException(401, "typ")
        return token.claims

    @app.get("/orders")
    def read(claims: dict = Depends(bearer)):
        if "orders:read" not in claims.get("scope", "").split():
            raise HTTPException(403, "scope")
        return {"of": claims["sub"]}

    @app.post("/renew")
    def renew(refresh_token: str = Body(embed=True)):
        session = OAuth2Session(client_id, client_secret, token_endpoint_auth_method="client_secret_post")
        try:
            return {"access_token": session.refresh_token(f"{issuer}/token", refresh_token)["access_token"]}
        except OAuthError as refused:
            # The user can do something about the one, and only we about the other.
            raise HTTPException(401 if refused.error == "invalid_grant" else 503, refused.error) from refused

    return app
