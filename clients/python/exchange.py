"""The code exchange with `requests`, by the method in authMethod (client_secret_post when it is not set).

Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py).
"""

import os
import sys

import requests
from joserfc import jws


def main():
    method = os.environ.get("authMethod", "client_secret_post")
    header, form = proof(method)
    response = requests.post(
        f"{os.environ['authPath']}/{os.environ['envID']}/as/token",
        data={
            "grant_type": "authorization_code",
            "code": os.environ["postAuthCode"],
            "redirect_uri": "http://localhost:3000/callback",
            **form,
        },
        auth=header,
        timeout=30,
    )
    if response.status_code != 200:
        sys.exit(f"{response.status_code}: {response.text}")
    answer = response.json()
    for name, value in (("token_type", "Bearer"), ("expires_in", 3600), ("scope", "openid")):
        if answer.get(name) != value:
            sys.exit(f"{name} is {answer.get(name)!r} where {value!r} was expected")
    for name in ("access_token", "id_token"):
        algorithm = jws.extract_compact(answer[name].encode()).headers()["alg"]
        if algorithm != "RS256":
            sys.exit(f"{name} is signed with {algorithm}")
    print(f"ok Python requests {method}")


def proof(method):
    """What goes into the header, and what into the form."""
    if method == "client_secret_basic":
        return (os.environ["sharedWebAppID"], os.environ["sharedWebAppSecret"]), {}
    if method == "client_secret_post":
        return None, {"client_id": os.environ["sharedWebAppID"], "client_secret": os.environ["sharedWebAppSecret"]}
    if method == "none":
        return None, {"client_id": os.environ["sharedWebAppID"], "code_verifier": os.environ["codeVerifier"]}
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return None, {"client_assertion_type": kind, "client_assertion": os.environ["clientAssertion"]}


if __name__ == "__main__":
    main()
