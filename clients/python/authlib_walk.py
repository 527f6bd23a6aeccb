"""Authlib against a Grantor: discovery, code with PKCE, refresh, userinfo, introspection, revocation, client credentials.

Reads authPath, envID, username, password, and the applications that ../applications.py makes.
"""

import os
import pathlib
import secrets
import subprocess
import sys

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

REDIRECT_URI = "http://localhost:3000/callback"
SIGN_ON = pathlib.Path(__file__).parent.parent / "sign_on.py"

# Authlib refuses http endpoints unless told; a test machine has no certificate.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"


def main():
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    expect(metadata["issuer"] == issuer, f"the issuer is {metadata['issuer']}")
    done("discovery")

    session = OAuth2Session(
        os.environ["walkAppID"],
        os.environ["walkAppSecret"],
        token_endpoint_auth_method="client_secret_basic",
        redirect_uri=REDIRECT_URI,
        scope="openid profile email",
        code_challenge_method="S256",
    )
    claims = code_with_pkce(session, metadata)
    userinfo = session.get(metadata["userinfo_endpoint"]).json()
    expect(userinfo["sub"] == claims["sub"], f"userinfo says {userinfo}")
    done("userinfo")
    refresh(session, metadata)
    introspection_and_revocation(session, metadata)
    client_credentials(metadata)


def code_with_pkce(session, metadata):
    nonce, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
    )
    printed = subprocess.run([sys.executable, SIGN_ON, url, REDIRECT_URI], capture_output=True, text=True, check=False)
    expect(printed.returncode == 0, printed.stderr)
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=printed.stdout.strip(), state=state, code_verifier=verifier
    )
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": os.environ["walkAppID"]},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
    )
    registry.validate(claims)
    done("code with PKCE")
    return claims


def refresh(session, metadata):
    before = dict(session.token)
    session.refresh_token(metadata["token_endpoint"], refresh_token=before["refresh_token"])
    expect(session.token["access_token"] != before["access_token"], "refreshing gave the same access token")
    expect(session.token["refresh_token"] != before["refresh_token"], "refreshing did not rotate")
    done("refresh")


def introspection_and_revocation(session, metadata):
    access, refresh_token = session.token["access_token"], session.token["refresh_token"]
    expect(introspected(session, metadata, access)["active"] is True, "a fresh access token is not active")
    done("introspection")
    answer = session.revoke_token(metadata["revocation_endpoint"], token=access, token_type_hint="access_token")
    expect(answer.status_code == 200, f"revocation answered {answer.status_code}: {answer.text}")
    expect(introspected(session, metadata, access) == {"active": False}, "revoked and still active")
    session.revoke_token(metadata["revocation_endpoint"], token=refresh_token)
    try:
        session.refresh_token(metadata["token_endpoint"], refresh_token=refresh_token)
        sys.exit("a revoked refresh token was accepted")
    except OAuthError as refusal:
        expect(refusal.error == "invalid_grant", f"a revoked refresh token gave {refusal.error}")
    done("revocation")


def introspected(session, metadata, token):
    return session.introspect_token(metadata["introspection_endpoint"], token=token).json()


def client_credentials(metadata):
    service = OAuth2Session(
        os.environ["serviceAppID"],
        os.environ["serviceAppSecret"],
        token_endpoint_auth_method="client_secret_post",
    )
    token = service.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    expect(token["expires_in"] == 3600, f"client credentials last {token['expires_in']}")
    expect("refresh_token" not in token, "client credentials gave a refresh token (RFC 6749 §4.4.3)")
    done("client credentials")


def done(step):
    print(f"ok Authlib {step}", flush=True)


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)


if __name__ == "__main__":
    main()
