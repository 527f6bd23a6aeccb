"""Authlib with every way in which it can prove a client, at every endpoint that it knows: code with PKCE, refresh, tokens of its own,
introspection, revocation. A certificate is shown by `requests`, whose sessions its own are.

Run by ../methods.py, which says of METHODS what is in it.
"""

import json
import os
import pathlib
import subprocess
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet, import_key

SIGN_ON = pathlib.Path(__file__).resolve().parent.parent / "sign_on.py"


def main():
    described = json.loads(pathlib.Path(os.environ["METHODS"]).read_text())
    metadata = requests.get(f"{described['issuer']}/.well-known/openid-configuration", timeout=30).json()
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    for client in described["clients"]:
        walk(client, described["redirectUri"], metadata, keys)
        print(f"ok Authlib {client['method']} {client.get('alg', '')}".rstrip(), flush=True)


def walk(client, redirect_uri, metadata, keys):
    # RFC 8705 §5: whoever shows a certificate asks where certificates are asked for.
    endpoints = {**metadata, **(metadata["mtls_endpoint_aliases"] if "certificate" in client else {})}
    session = opened(client, redirect_uri=redirect_uri, scope="openid profile email", code_challenge_method="S256")
    verifier, nonce = generate_token(48), generate_token(16)
    url, state = session.create_authorization_url(metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier)
    printed = subprocess.run([sys.executable, SIGN_ON, url, redirect_uri], capture_output=True, text=True, check=False)
    expect(printed.returncode == 0, printed.stderr)
    came = printed.stdout.strip()
    token = session.fetch_token(endpoints["token_endpoint"], authorization_response=came, state=state, code_verifier=verifier)
    claims = jwt.decode(token["id_token"], keys).claims
    expect((claims["iss"], claims["aud"], claims["nonce"]) == (metadata["issuer"], client["id"], nonce), f"the ID token is {claims}")
    if "certificate" in client:
        bound = jwt.decode(token["access_token"], keys).claims
        expect("x5t#S256" in bound["cnf"], f"the token is not bound: {bound}")
    expect(session.get(endpoints["userinfo_endpoint"]).json()["sub"] == claims["sub"], "userinfo is about somebody else")

    before = token["refresh_token"]
    session.refresh_token(endpoints["token_endpoint"], refresh_token=before)
    expect(session.token["refresh_token"] != before, "refreshing did not rotate")
    if client["method"] != "none":
        as_itself(client, endpoints)
        refused({**client, **client["foreign"]}, endpoints)
    session.revoke_token(endpoints["revocation_endpoint"], token=session.token["refresh_token"])
    try:
        session.refresh_token(endpoints["token_endpoint"], refresh_token=session.token["refresh_token"])
        sys.exit("a revoked refresh token was accepted")
    except OAuthError as refusal:
        expect(refusal.error == "invalid_grant", f"a revoked refresh token gave {refusal}")


def as_itself(client, endpoints):
    """A token of the client's own, asked about and ended."""
    session = opened(client)
    token = session.fetch_token(endpoints["token_endpoint"], grant_type="client_credentials")["access_token"]
    told = session.introspect_token(endpoints["introspection_endpoint"], token=token).json()
    expect(told.get("client_id") == client["id"], f"introspection says {told}")
    answer = session.revoke_token(endpoints["revocation_endpoint"], token=token)
    expect(answer.status_code == 200, f"revocation answered {answer.status_code}: {answer.text}")
    told = session.introspect_token(endpoints["introspection_endpoint"], token=token).json()
    expect(told == {"active": False}, f"revoked, and introspection says {told}")


def refused(client, endpoints):
    """The proof is somebody else's."""
    try:
        opened(client).fetch_token(endpoints["token_endpoint"], grant_type="client_credentials")
        sys.exit(f"{client['method']}: the proof of somebody else was accepted")
    except OAuthError as refusal:
        expect(refusal.error == "invalid_client", f"the proof of somebody else gave {refusal}")


def opened(client, **more):
    """The library's session with the client's way to prove itself."""
    method, algorithm = client["method"], client.get("alg")
    proof = import_key(client["jwk"]) if "jwk" in client else client.get("secret")
    # RFC 8705 §2: with a certificate the body has the client's id and nothing else, as that of a public client.
    named = "none" if "certificate" in client else method
    named = {"token_endpoint_auth_method": named, "revocation_endpoint_auth_method": named}
    session = OAuth2Session(client["id"], proof, **named, **more)
    if method == "client_secret_jwt":
        session.register_client_auth_method(ClientSecretJWT(alg=algorithm))
    if method == "private_key_jwt":
        session.register_client_auth_method(PrivateKeyJWT(alg=algorithm, headers={"kid": client["jwk"]["kid"]}))
    if "certificate" in client:
        session.cert = (client["certificate"], client["key"])
    return session


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)


if __name__ == "__main__":
    main()
