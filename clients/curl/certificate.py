"""curl with a client certificate, against a `grantor serve` of its own that ends TLS: a certificate that the client made, one that an
authority signed, a token that is bound to it, and what is refused without it.

Reads GRANTOR, the binary. Needs curl and openssl.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serving"))
sys.dont_write_bytecode = True

from certificates import Tls, certify, sign  # noqa: E402
from server import Server  # noqa: E402


def main():
    with tempfile.TemporaryDirectory() as folder:
        deployment = Tls(os.environ["GRANTOR"], folder)
        try:
            walk(deployment, Server(deployment, int(deployment.public_url.rsplit(":", 1)[1])), folder)
        finally:
            deployment.stop()
    print("ok curl with a client certificate")


def walk(deployment, server, folder):
    deployment.servers.append(server)
    ask = Curl(deployment.public_url, folder)
    environment = deployment.admin["GRANTOR_ADMIN_ENVIRONMENT_ID"]
    worker = f"{deployment.admin['GRANTOR_ADMIN_CLIENT_ID']}:{deployment.admin['GRANTOR_ADMIN_CLIENT_SECRET']}"
    token = ask(200, f"/{environment}/as/token", "--user", worker, "--data", "grant_type=client_credentials")["access_token"]
    bearer = ("--header", f"Authorization: Bearer {token}")
    metadata = ask(200, f"/{environment}/as/.well-known/openid-configuration")
    expect(metadata["tls_client_certificate_bound_access_tokens"] is True, "the metadata tells of certificates")
    endpoint = metadata["mtls_endpoint_aliases"]["token_endpoint"].removeprefix(deployment.public_url)

    certify(folder, "own", "/CN=client")
    certify(folder, "other", "/CN=client")
    applications = f"/v1/environments/{environment}/applications"
    application = {
        "name": f"certified {secrets.token_hex(4)}", "enabled": True, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "grantTypes": ["CLIENT_CREDENTIALS"],
        "tlsClientCertificateBoundAccessTokens": True,
    }
    made = ask(201, applications, *bearer, *sends(application))
    place = f"{applications}/{made['id']}"
    pem = ("--header", "Content-Type: application/x-pem-file", "--data-binary", f"@{folder}/own.crt")
    ask(201, f"{place}/keys", *bearer, *pem)
    changed = application | {"tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH"}
    ask(200, place, *bearer, "--request", "PUT", *sends(changed))

    form = ("--data", "grant_type=client_credentials", "--data", f"client_id={made['id']}")
    expect(ask(401, endpoint, *form)["error"] == "invalid_client", "nothing without a certificate")
    expect(ask(401, endpoint, *form, *shows(folder, "other"))["error"] == "invalid_client", "nothing with another one")
    token = ask(200, endpoint, *form, *shows(folder, "own"))["access_token"]
    expect(claims(token)["cnf"] == {"x5t#S256": thumbprint(folder, "own")}, "the token is bound")
    bound = ("--header", f"Authorization: Bearer {token}")
    # Nobody gave the worker a role.
    for status, shown in ((403, "own"), (401, "other"), (401, None)):
        ask(status, f"/v1/environments/{environment}", *bound, *(shows(folder, shown) if shown else ()))

    certify(folder, "authority", "/CN=Authority")
    sign(folder, "signed", "/C=US/O=Example Corp/CN=client")
    trusted = {"clientCertificateAuthorities": [pathlib.Path(folder, "authority.crt").read_text()]}
    before = ask(200, f"/v1/environments/{environment}", *bearer)
    ask(200, f"/v1/environments/{environment}", *bearer, "--request", "PUT", *sends(before | trusted))
    changed |= {"tokenEndpointAuthMethod": "TLS_CLIENT_AUTH", "tlsClientAuth": {"subjectDn": "CN=client,O=Example Corp,C=US"}}
    ask(200, place, *bearer, "--request", "PUT", *sends(changed))
    expect(ask(401, endpoint, *form, *shows(folder, "own"))["error"] == "invalid_client", "nobody vouches for that one")
    token = ask(200, endpoint, *form, *shows(folder, "signed"))["access_token"]
    expect(claims(token)["cnf"] == {"x5t#S256": thumbprint(folder, "signed")}, "the token is bound to the one that was signed")


class Curl:
    """One request by curl: the status that is expected, and the JSON that comes with it."""

    def __init__(self, origin, folder):
        self.origin, self.folder = origin, folder

    def __call__(self, status, path, *words):
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--cacert", f"{self.folder}/server.crt", "--write-out", "\n%{http_code}",
             *words, f"{self.origin}{path}"],
            capture_output=True, text=True, check=False, timeout=30)
        body, _, came = done.stdout.rpartition("\n")
        expect(came == str(status), f"{status} expected for {path}, {came} came: {body}{done.stderr}")
        return json.loads(body or "{}")


def sends(body):
    return ("--header", "Content-Type: application/json", "--data-binary", json.dumps(body))


def shows(folder, name):
    return ("--cert", f"{folder}/{name}.crt", "--key", f"{folder}/{name}.key")


def thumbprint(folder, name):
    text = re.sub(r"-----[^-]+-----|\s", "", pathlib.Path(folder, f"{name}.crt").read_text())
    return base64.urlsafe_b64encode(hashlib.sha256(base64.b64decode(text)).digest()).decode().rstrip("=")


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def expect(holds, what):
    if not holds:
        sys.exit(what)


if __name__ == "__main__":
    main()
