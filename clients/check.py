"""Reads one token response from standard input and says whether it is what the code exchange promises.

Both tokens are RS256 and verify with the environment's published keys, `expires_in` is 3600, `token_type` Bearer and
`scope` openid; the ID token is for the client. Used for programs that only print the answer they got.

Usage: check.py NAME [client_credentials]   the second form: no ID token, and the scopes of the mount's document
Reads authPath, envID, sharedWebAppID, msIssuer. Needs Authlib's `joserfc`.
"""

import json
import os
import sys
import urllib.request

from joserfc import jwt
from joserfc.jwk import KeySet


def main():
    name = sys.argv[1]
    printed = sys.stdin.read()
    body = json_in(printed)
    if sys.argv[2:] == ["client_credentials"]:
        service_token(body)
    else:
        code_exchange(body)
    print(f"ok {name}")


def json_in(printed):
    """The last JSON object on standard output; a program may print headers or a log line before it."""
    for start in (index for index, character in enumerate(printed) if character == "{"):
        try:
            return json.loads(printed[start:printed.rindex("}") + 1])
        except ValueError:
            continue
    sys.exit(f"no JSON in what the program printed:\n{printed}")


def code_exchange(body):
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    equal(body, "expires_in", 3600)
    equal(body, "token_type", "Bearer")
    equal(body, "scope", "openid")
    keys = key_set(f"{issuer}/jwks")
    for member in ("access_token", "id_token"):
        token = jwt.decode(body[member], keys, algorithms=["RS256"])
        equal(token.header, "alg", "RS256")
        equal(token.claims, "iss", issuer)
    equal(token.claims, "aud", os.environ["sharedWebAppID"])


def service_token(body):
    """The mount's own promises: the scopes in any order, four hours, `aud` and `sub` the client, `scope` an array."""
    scopes = {"country.read", "customer.read", "customer.write"}
    expect(set(body.get("scope", "").split()) == scopes, f"scope is {body.get('scope')!r}")
    equal(body, "token_type", "Bearer")
    expect(body.get("expires_in") in (14399, 14400), f"expires_in is {body.get('expires_in')!r}")
    expect("id_token" not in body, "a client credentials grant gives no ID token")
    issuer = os.environ["msIssuer"]
    token = jwt.decode(body["access_token"], key_set(f"{issuer}/oauth2/jwks"), algorithms=["RS256"])
    equal(token.claims, "iss", issuer)
    equal(token.claims, "sub", "service-client-jwt")
    equal(token.claims, "aud", "service-client-jwt")
    expect(set(token.claims["scope"]) == scopes, f"the claim scope is {token.claims['scope']!r}")


def key_set(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return KeySet.import_key_set(json.load(response))


def equal(members, name, value):
    expect(members.get(name) == value, f"{name} is {members.get(name)!r} where {value!r} was expected")


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)


if __name__ == "__main__":
    main()
