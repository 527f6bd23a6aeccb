"""The code exchange by a program of another language, once with each of PingOne's five methods.

Usage: exchanges.py COMMAND …     the program; it reads

authPath, envID, sharedWebAppID, postAuthCode   as before; the application is one of the method's own, the code is its
authMethod                                      client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt or none
sharedWebAppSecret                              with the first two
clientAssertion                                 with the next two: the documents' programs take it as a variable as well
codeVerifier                                    with the last

Reads what applications.py and code.py read. Needs Authlib's `joserfc`.
"""

import base64
import hashlib
import json
import os
import pathlib
import secrets
import subprocess
import sys
import time

import applications
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

ORIGIN = "http://localhost:3000"
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")


def main():
    token = applications.worker_token()
    for method in METHODS:
        program = subprocess.run(sys.argv[1:], env={**os.environ, **prepared(token, method)}, check=False, timeout=60)
        if program.returncode:
            sys.exit(f"with {method} it ended with {program.returncode}")


def prepared(token, method):
    """An application of the method's own and a code for it: the variables of the program."""
    key = RSAKey.generate_key(2048, {"kid": "exchange"}) if method == "private_key_jwt" else None
    made = applications.create(token, {
        "name": f"Exchange {method} {secrets.token_hex(8)}",
        "type": "NATIVE_APP" if method == "none" else "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"],
        "redirectUris": [f"{ORIGIN}/callback"],
        "corsSettings": {"behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": [ORIGIN]},
        "pkceEnforcement": "S256_REQUIRED" if method == "none" else "OPTIONAL",
        "tokenEndpointAuthMethod": method.upper(),
        **({"jwks": json.dumps({"keys": [key.as_dict(private=False)]})} if key else {}),
    })
    variables = {"authMethod": method, "sharedWebAppID": made["id"]}
    request = [f"client_id={made['id']}"]
    if method.startswith("client_secret"):
        variables["sharedWebAppSecret"] = applications.secret(token, made["id"])
    if method == "client_secret_jwt":
        key = OctKey.import_key(variables.pop("sharedWebAppSecret"))
    if key:
        variables["clientAssertion"] = assertion(made["id"], key)
    if method == "none":
        variables["codeVerifier"] = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(variables["codeVerifier"].encode()).digest()).decode().rstrip("=")
        request += [f"code_challenge={challenge}", "code_challenge_method=S256"]
    code = [sys.executable, pathlib.Path(__file__).with_name("code.py"), *request]
    variables["postAuthCode"] = subprocess.run(code, check=True, capture_output=True, text=True, timeout=30).stdout.strip()
    # What belongs to the seeded application is not this one's.
    return {"sharedWebAppSecret": "", **variables}


def assertion(client, key):
    """As PingOne's page on these JWTs has it: for the token endpoint, for five minutes."""
    audience = f"{os.environ['authPath']}/{os.environ['envID']}/as/token"
    claims = {"iss": client, "sub": client, "aud": audience, "exp": int(time.time()) + 300, "jti": secrets.token_urlsafe()}
    header = {"alg": "HS256"} if key.key_type == "oct" else {"alg": "RS256", "kid": key.kid}
    return jwt.encode({**header, "typ": "JWT"}, claims, key)


if __name__ == "__main__":
    main()
