"""joserfc against a Grantor, in both directions: assertions by each algorithm that the library has are accepted, and ID tokens signed by
each algorithm verify through the key set; what both make of tokens that are not quite right is in ../jose/mutations.json.

Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret, envID, username, password.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid
import warnings

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

CLIENTS = pathlib.Path(__file__).parent.parent
sys.path.append(str(CLIENTS))

import applications  # noqa: E402

LIBRARY = "joserfc"
REDIRECT_URI = "http://localhost:3000/callback"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRETS = ["HS256", "HS384", "HS512"]
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
PAIRS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *CURVES, "EdDSA", "Ed25519"]
# The library has no ML-DSA.
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# How a part is written: as it is, padded, with a spare bit set.
SPELLED = {
    "": lambda part: part,
    "=": lambda part: part + "=" * (-len(part) % 4),
    "~": lambda part: part[:-1] + ALPHABET[ALPHABET.index(part[-1]) + 1],
}


def main():
    # RFC 9864 deprecates the name EdDSA, which is tried all the same.
    warnings.simplefilter("ignore", SecurityWarning)
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    manager = applications.worker_token()
    clients = {alg: Client(manager, metadata, alg) for alg in PAIRS}
    by_secret = Client(manager, metadata, "HS256")
    for alg, client in clients.items():
        expect(client.accepted(client.assertion(alg)), f"an assertion by {alg} is refused")
    for alg in SECRETS:
        expect(by_secret.accepted(by_secret.assertion(alg)), f"an assertion by {alg} is refused")
    done(f"assertions by {', '.join([*clients, *SECRETS])}")
    done(f"ID tokens by {', '.join(id_tokens(manager, metadata))}")
    done(f"{mutations([by_secret, *clients.values()])} tokens that are not quite right")


class Client:
    """An application with a key of one algorithm, or with a secret."""

    def __init__(self, manager, metadata, alg):
        self.metadata, self.alg, self.pair = metadata, alg, alg not in SECRETS
        wanted = {
            "name": f"{LIBRARY} {uuid.uuid4()}",
            "type": "WORKER",
            "grantTypes": ["CLIENT_CREDENTIALS"],
            "assertionAudience": "ISSUER",
            "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT" if self.pair else "CLIENT_SECRET_JWT",
        }
        if self.pair:
            self.key, self.other = generated(alg), generated(alg)
            self.jwk = {**self.key.as_dict(private=False), "alg": alg, "kid": f"key of {alg}", "use": "sig"}
            wanted["jwks"] = json.dumps({"keys": [self.jwk]})
        self.id = applications.create(manager, wanted)["id"]
        if not self.pair:
            self.key = OctKey.import_key(applications.secret(manager, self.id))

    def claims(self):
        now = int(time.time())
        audience = self.metadata["issuer"]
        return {"iss": self.id, "sub": self.id, "aud": audience, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}

    def assertion(self, alg):
        header = {"alg": alg, "kid": self.jwk["kid"]} if self.pair else {"alg": alg}
        return jwt.encode(header, self.claims(), self.key, algorithms=[alg])

    def accepted(self, assertion):
        """Whether the token endpoint takes it; a refusal is one of RFC 6749 §5.2."""
        answer = requests.post(self.metadata["token_endpoint"], timeout=30, data={
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
        })
        said = answer.json()
        refused = answer.status_code == 401 and said.get("error") == "invalid_client"
        expect("access_token" in said if answer.ok else refused, f"{answer.status_code} {said} for {assertion}")
        return answer.ok

    def verified(self, token):
        """The claims that the library takes out of a token; None when it refuses."""
        # Its limit on headers would hide what it makes of those that bring a key, and its strictness of those that it does not know.
        registry = jws.JWSRegistry(algorithms=[self.alg], strict_check_header=False)
        registry.max_header_length = 16 * 1024
        try:
            return jwt.decode(token, self.key, registry=registry).claims
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            return None


def generated(alg):
    if alg in CURVES:
        return ECKey.generate_key(CURVES[alg])
    return OKPKey.generate_key("Ed25519") if alg.startswith("Ed") else RSAKey.generate_key(2048)


def id_tokens(manager, metadata):
    """One sign-on; then the application chooses one algorithm after the other, and each refreshed ID token verifies by the key set."""
    wanted = {
        "name": f"{LIBRARY} {uuid.uuid4()}",
        "enabled": True,
        "protocol": "OPENID_CONNECT",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "responseTypes": ["CODE"],
        "redirectUris": [REDIRECT_URI],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
    }
    client = applications.create(manager, wanted)["id"]
    credentials = {"client_id": client, "client_secret": applications.secret(manager, client)}

    def tokens(**request):
        answer = requests.post(metadata["token_endpoint"], data={**credentials, **request}, timeout=30)
        expect(answer.ok, f"{answer.status_code} {answer.text}")
        return answer.json()

    request = {"client_id": client, "response_type": "code", "redirect_uri": REDIRECT_URI, "scope": "openid"}
    url = requests.Request("GET", metadata["authorization_endpoint"], params=request).prepare().url
    words = [sys.executable, str(CLIENTS / "sign_on.py"), url, REDIRECT_URI]
    printed = subprocess.run(words, capture_output=True, text=True, check=False)
    expect(printed.returncode == 0, printed.stderr)
    code = re.search(r"[?&]code=([^&\s]+)", printed.stdout)[1]
    held = tokens(grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI)
    for alg in PAIRS:
        applications.call(manager, "PUT", f"applications/{client}", {**wanted, "idTokenSignedResponseAlg": alg})
        held = tokens(grant_type="refresh_token", refresh_token=held["refresh_token"])
        keys = key_set(metadata)
        token = jwt.decode(held["id_token"], keys, algorithms=[alg])
        expect(token.header["alg"] == alg, f"the ID token is signed by {token.header['alg']} instead of {alg}")
        expected = {"iss": {"essential": True, "value": metadata["issuer"]}, "aud": {"essential": True, "value": client}}
        jwt.JWTClaimsRegistry(exp={"essential": True}, **expected).validate(token.claims)
        header, payload, signature = held["id_token"].split(".")
        spoiled = f"{header}.{encoded(json.dumps({**token.claims, 'sub': 'other'}).encode())}.{signature}"
        expect(spoiled.count(".") == 2 and payload not in spoiled, "nothing is spoiled")
        try:
            jwt.decode(spoiled, keys, algorithms=[alg])
            sys.exit(f"a spoiled ID token by {alg} was accepted")
        except JoseError as refusal:
            expect(refusal.error == "bad_signature", f"a spoiled ID token gave {refusal}")
        yield alg


def key_set(metadata):
    """The published keys, without the types that the library does not know (RFC 7517 §5)."""
    published = requests.get(metadata["jwks_uri"], timeout=30).json()["keys"]
    return KeySet.import_key_set({"keys": [key for key in published if key["kty"] != "AKP"]})


def mutations(clients):
    """Every case of the table under each algorithm; who accepts is who stands there."""
    cases = json.loads((CLIENTS / "jose/mutations.json").read_text())
    wrong, tried = [], 0
    for client in clients:
        for case in cases:
            if (case.get("pair") and not client.pair) or case.get("except") == client.alg:
                continue
            token = mutated(case, client)
            if token is None:
                continue
            accepting = ["grantor"] if client.accepted(token) else []
            claims = client.verified(token)
            if claims is not None:
                accepting.append(LIBRARY)
                expect(claims["sub"] == client.id, f"{client.alg} {case['name']}: the subject is {claims['sub']}")
            tried += 1
            due = [name for name in case["accepted"] if name in ("grantor", LIBRARY)]
            if accepting != due:
                wrong.append(f"{client.alg} {case['name']} ({case['why']}): accepted by {accepting} and not {due}")
    expect(not wrong, "\n".join(wrong))
    return tried


def mutated(case, client):
    """The token of one case: header and payload by their texts, what is signed and what is sent by their parts. None: it cannot be made."""
    texts = {
        "$CLAIMS": json.dumps(client.claims())[1:-1],
        "$ALG": client.alg,
        "$alg": client.alg.lower(),
        "$KID": client.jwk["kid"] if client.pair else "none",
    }
    if client.pair:
        texts["$JWK"] = json.dumps(client.jwk)
        texts["$OTHER"] = json.dumps({**client.other.as_dict(private=False), "kid": client.jwk["kid"]})

    def text(template):
        for name, value in texts.items():
            template = template.replace(name, value)
        return template

    def filled(template):
        return re.sub(r"\$([HPCSI])([~=]?)", lambda found: SPELLED[found[2]](parts[found[1]]), template)

    payload = text(case.get("payload", "{$CLAIMS}"))
    parts = {"H": part(text(case.get("header", '{"alg":"$ALG","kid":"$KID"}'))), "P": part(payload), "C": payload}
    parts["I"] = filled(case.get("input", "$H.$P"))
    parts["S"] = encoded(signature(case.get("signer"), client, parts["I"].encode()))
    # Three octets fill four characters.
    if re.search(r"\$S[~=]", case.get("token", "")) and len(parts["S"]) % 4 == 0:
        return None
    return filled(case.get("token", "$I.$S"))


def signature(signer, client, signing_input):
    """A signature by the library's algorithm alone: it would not make most of these tokens."""
    if signer == "public":
        return hmac.new(json.dumps(client.jwk).encode(), signing_input, hashlib.sha256).digest()
    key = client.other if signer == "other" else client.key
    return jws.JWSRegistry.algorithms[client.alg].sign(signing_input, key)


def part(text):
    """base64url of a text that leaves spare bits in its last character."""
    octets = text.encode("utf-8", "surrogatepass")
    return encoded(octets + b" " * ((1 - len(octets)) % 3)) if octets else ""


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def done(step):
    print(f"ok {LIBRARY} {step}", flush=True)


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)


if __name__ == "__main__":
    main()
