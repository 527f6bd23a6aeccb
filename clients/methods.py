"""An application for every way in which a client can prove itself, and a library that goes through all of them.

Usage: methods.py COMMAND …     a program that reads the file named in METHODS; run against a `grantor serve` that ends TLS

The file is JSON:

issuer, redirectUri     of all of them
authority               the certificate that the server's own is trusted by, a file
clients                 a list; of each `method` and `alg` as in the metadata (RFC 7591), `id`, and what it proves itself by:
                        `secret`, `jwk` (private), or `certificate` and `key` (files, PEM); in `foreign` the same of somebody else

All may have codes, refresh tokens and, but for the public one, tokens of their own. Reads GRANTOR, the binary, and PYTHON. Needs openssl.
"""

import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "serving"))
sys.dont_write_bytecode = True

import applications  # noqa: E402
from certificates import Tls, certify, sign  # noqa: E402
from joserfc.jwk import ECKey, OKPKey, RSAKey  # noqa: E402

REDIRECT_URI = "http://localhost:3000/callback"
SUBJECT = "CN=client,O=Example Corp,C=US"
ECDSA = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


def main():
    with tempfile.TemporaryDirectory() as folder:
        deployment = Tls(os.environ["GRANTOR"], folder)
        try:
            deployment.start()
            described = pathlib.Path(folder, "methods.json")
            described.write_text(json.dumps(prepared(deployment, folder)))
            finished = subprocess.run(sys.argv[1:], env={**os.environ, "METHODS": str(described)}, check=False, timeout=110)
        finally:
            deployment.stop()
    sys.exit(finished.returncode)


def prepared(deployment, folder):
    """Variables as `grantor dev` would name them, a person, and the applications; what the file says."""
    admin, origin = deployment.admin, deployment.public_url
    environment = admin["GRANTOR_ADMIN_ENVIRONMENT_ID"]
    authority = f"{folder}/server.crt"
    os.environ.update({
        "authPath": origin, "apiPath": f"{origin}/v1", "envID": environment, "adminEnvID": environment,
        "adminAppID": admin["GRANTOR_ADMIN_CLIENT_ID"], "adminAppSecret": admin["GRANTOR_ADMIN_CLIENT_SECRET"],
        "SSL_CERT_FILE": authority, "REQUESTS_CA_BUNDLE": authority, "NODE_EXTRA_CA_CERTS": authority,
    })
    token = applications.worker_token()
    person(token)
    certify(folder, "authority", "/CN=Authority")
    certify(folder, "own", "/CN=client")
    sign(folder, "signed", "/C=US/O=Example Corp/CN=client")
    trust(token, environment, pathlib.Path(folder, "authority.crt").read_text())
    return {
        "issuer": f"{origin}/{environment}/as", "redirectUri": REDIRECT_URI, "authority": authority,
        "clients": [registered(token, folder, *wanted) for wanted in ways()],
    }


def person(token):
    """Who signs on: `username` and `password`."""
    made = {"username": "jane.doe", "password": "Set by an operator, 1"}
    wanted = {"username": made["username"], "email": "jane@example.com"}
    answer = applications.call(token, "POST", "users", wanted)
    value = {"value": made["password"], "forceChange": False}
    applications.call(token, "PUT", f"users/{answer['id']}/password", value, None, "application/vnd.pingidentity.password.set+json")
    os.environ.update(made)


def trust(token, environment, certificate):
    """Certificates of clients count where this authority vouches for them."""
    place = f"{os.environ['apiPath']}/environments/{environment}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    before = applications.send(place, None, headers)
    applications.send(place, json.dumps(before | {"clientCertificateAuthorities": [certificate]}).encode(), headers, "PUT")


def ways():
    """`(method, alg, private JWKs, names of certificates)`, each as far as the method has it: the client's own, and somebody else's."""
    for method in ("none", "client_secret_basic", "client_secret_post"):
        yield method, None, [], []
    for algorithm in ("HS256", "HS384", "HS512"):
        yield "client_secret_jwt", algorithm, [], []
    rsa = [RSAKey.generate_key(2048) for _ in "ab"]
    keys = {algorithm: rsa for algorithm in RSA}
    keys |= {algorithm: [ECKey.generate_key(curve) for _ in "ab"] for algorithm, curve in ECDSA.items()}
    keys |= {algorithm: [OKPKey.generate_key("Ed25519") for _ in "ab"] for algorithm in ("EdDSA", "Ed25519")}
    for algorithm, pair in keys.items():
        shown = {"kid": f"key-{algorithm}", "alg": algorithm, "use": "sig"}
        yield "private_key_jwt", algorithm, [key.as_dict(private=True) | shown for key in pair], []
    yield "tls_client_auth", None, [], ["signed", "own"]
    yield "self_signed_tls_client_auth", None, [], ["own", "signed"]


def registered(token, folder, method, algorithm, jwks, certificates):
    """The application of one way, made through the management API, as the file tells of it."""
    public = method == "none"
    wanted = {
        "name": f"{method} {algorithm or ''}".strip(),
        "type": "NATIVE_APP" if public else "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", *([] if public else ["CLIENT_CREDENTIALS"])],
        "responseTypes": ["CODE"],
        "redirectUris": [REDIRECT_URI],
        "pkceEnforcement": "S256_REQUIRED",
        "tokenEndpointAuthMethod": method.upper(),
    }
    if algorithm:
        wanted["tokenEndpointAuthSigningAlg"] = algorithm
    if jwks:
        shown = {name: value for name, value in jwks[0].items() if name not in ("d", "p", "q", "dp", "dq", "qi")}
        wanted["jwks"] = json.dumps({"keys": [shown]})
    if certificates:
        wanted["tlsClientCertificateBoundAccessTokens"] = True
    if method == "tls_client_auth":
        wanted["tlsClientAuth"] = {"subjectDn": SUBJECT}
    if method == "self_signed_tls_client_auth":
        # Its certificate comes to the application that is there already.
        application = applications.create(token, wanted | {"tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC"})
        pem = pathlib.Path(folder, f"{certificates[0]}.crt").read_bytes()
        place = f"{os.environ['apiPath']}/environments/{os.environ['envID']}/applications/{application['id']}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"}
        applications.send(f"{place}/keys", pem, headers)
        complete = {"enabled": True, "protocol": "OPENID_CONNECT", **wanted}
        applications.call(token, "PUT", f"applications/{application['id']}", complete)
    else:
        application = applications.create(token, wanted)
    own, foreign = [{"jwk": jwk} for jwk in jwks] or [{}, {}]
    if certificates:
        own, foreign = ({"certificate": f"{folder}/{name}.crt", "key": f"{folder}/{name}.key"} for name in certificates)
    if method.startswith("client_secret"):
        own, foreign = {"secret": applications.secret(token, application["id"])}, {"secret": secrets.token_urlsafe(48)}
    named = {"alg": algorithm} if algorithm else {}
    return {"method": method, **named, "id": application["id"], **own, "foreign": foreign}


if __name__ == "__main__":
    main()
