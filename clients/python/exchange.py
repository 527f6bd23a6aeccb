"""The code exchange with `requests`. Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode."""

import os
import sys

import requests
from joserfc import jws


def main():
    response = requests.post(
        f"{os.environ['authPath']}/{os.environ['envID']}/as/token",
        data={
            "grant_type": "authorization_code",
            "code": os.environ["postAuthCode"],
            "redirect_uri": "http://localhost:3000/callback",
            "client_id": os.environ["sharedWebAppID"],
            "client_secret": os.environ["sharedWebAppSecret"],
        },
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
    print("ok Python requests")


if __name__ == "__main__":
    main()
