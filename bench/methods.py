"""`cargo xtask bench --methods`: each way to prove a client, each binding, pushed requests and introspection, against an ideal that does the same
cryptography and no more; then assertions again with a million of them remembered."""

import base64
import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid

from rounds import CONNECTIONS, GENERATOR_CORE, resident
from subjects import IDEAL_CLIENT, Grantor, Ideal, REDIRECT_URI, body

#: RFC 7636 §4.1, §4.2.
VERIFIER = "bench-" + "v" * 37
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
IDEAL_SESSION = "ST=the-session-of-a-person-0000000000000000000"
REMEMBERED = 1_000_000
#: Requests made ahead of a second that they shall last, as no server answers more.
MOST_IN_A_SECOND = 4500

#: Of each workload, the ideals that it is compared with.
WORKLOADS = {
    "private_key_jwt RS256": ["memory", "durable"],
    "private_key_jwt ES256": ["memory", "durable"],
    "client_secret_jwt HS256": ["memory", "durable"],
    "DPoP ES256": ["memory", "durable"],
    "pushed request and code": ["memory", "durable"],
    "introspection, JWT": ["memory"],
    "introspection, opaque": ["memory", "durable"],
    "mutual TLS, resumed": ["TLS"],
}
ASSERTIONS = {"private_key_jwt RS256": "RS256", "private_key_jwt ES256": "ES256", "client_secret_jwt HS256": "HS256"}


class Keys:
    """The client's keys and certificates, made anew for each run."""

    def __init__(self, generator, folder):
        self.generator = generator
        self.folder = folder
        self.jwks = {}
        for kind in ("RS256", "ES256"):
            made = subprocess.run([generator, "key", kind, "--key", self.file(kind)], stdout=subprocess.PIPE, check=True)
            self.jwks[kind] = json.loads(made.stdout)
            pathlib.Path(self.file(f"{kind}.jwk")).write_text(json.dumps(self.jwks[kind]))
        for name, subject in (("server", "localhost"), ("client", "bench")):
            self._certificate(name, subject)

    def file(self, name):
        return str(self.folder / name)

    def secret(self, text):
        """A file with a shared secret, in place of a key."""
        name = self.file(f"secret-{hashlib.sha256(text.encode()).hexdigest()[:16]}")
        pathlib.Path(name).write_text(text)
        return name

    def _certificate(self, name, subject):
        settings = self.folder / f"{name}.cnf"
        settings.write_text("[req]\ndistinguished_name=dn\nx509_extensions=own\n[dn]\n"
                            f"[own]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{subject}\n")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", f"/CN={subject}", "-config", str(settings), "-keyout",
                        self.file(f"{name}.key"), "-out", self.file(f"{name}.pem")], check=True, stderr=subprocess.DEVNULL)


class IdealMethods(Ideal):
    """The ideal with the client's keys."""

    def __init__(self, name, binary, keys, *flags):
        super().__init__(name, binary, *flags, "--jwk", keys.file("RS256.jwk"), "--jwk", keys.file("ES256.jwk"))
        self.issuer = f"http://127.0.0.1:{self.port}"

    def asserting(self, alg, keys):
        key = keys.secret(IDEAL_CLIENT["client_secret"]) if alg == "HS256" else keys.file(alg)
        return "/assertion", key, IDEAL_CLIENT["client_id"], self.issuer

    def proving(self):
        return "/dpop", f"{self.issuer}/dpop", self.client_credentials()

    def asking(self, kind):
        if kind == "opaque":
            token = self._read("/opaque")
        else:
            token = json.loads(self._read("/token", self.client_credentials()))["access_token"]
        return "/introspect", body(**IDEAL_CLIENT, token=token)

    def pushing(self):
        return {"par": "/par", "authorize": "/authorize", "token": "/token", "client": IDEAL_CLIENT["client_id"],
                "cookie": IDEAL_SESSION, **pushed(IDEAL_CLIENT)}

    def with_certificate(self):
        return "/certificate", body(grant_type="client_credentials", client_id=IDEAL_CLIENT["client_id"])

    def remember(self, count):
        self._read(f"/remember/{count}")

    def _read(self, path, form=None):
        with urllib.request.urlopen(f"{self.issuer}{path}", data=form and form.encode()) as response:
            return response.read().decode()


class GrantorMethods(Grantor):
    """The server with an application for each method."""

    def __init__(self, name, binary, folder, database, keys):
        super().__init__(name, binary, folder, database)
        self.keys = keys
        self.issuer = f"{self.deployment.public_url}/{self.world.environment}/as"
        self.clients = {"HS256": self._application("CLIENT_SECRET_JWT")}
        for alg in ("RS256", "ES256"):
            jwks = json.dumps({"keys": [keys.jwks[alg]]})
            self.clients[alg] = self._application("PRIVATE_KEY_JWT", jwks=jwks)
        self.opaque = self._with_secret(self._application("CLIENT_SECRET_POST", accessTokenFormat="OPAQUE"))
        own = "".join(pathlib.Path(keys.file("client.pem")).read_text().splitlines()[1:-1])
        point = subprocess.run(["openssl", "x509", "-in", keys.file("client.pem"), "-noout", "-pubkey"],
                               stdout=subprocess.PIPE, check=True).stdout
        jwks = json.dumps({"keys": [{**jwk_of(point), "x5c": [own]}]})
        self.certified = self._application("SELF_SIGNED_TLS_CLIENT_AUTH", jwks=jwks,
                                           tlsClientCertificateBoundAccessTokens=True)

    def _application(self, method, **more):
        return self.world.make(self.server, f"{self.world.base}/applications", {
            "enabled": True, "name": f"Bench {uuid.uuid4()}", "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": method, **more,
        })["id"]

    def _with_secret(self, client):
        answer = self.world.read(self.server, f"{self.world.base}/applications/{client}/secret")
        return {"client_id": client, "client_secret": answer["secret"]}

    def asserting(self, alg, keys):
        client = self.clients[alg]
        key = keys.secret(self._with_secret(client)["client_secret"]) if alg == "HS256" else keys.file(alg)
        return self.path, key, client, self.issuer

    def proving(self):
        return self.path, f"{self.issuer}/token", self.client_credentials()

    def asking(self, kind):
        client = self.opaque if kind == "opaque" else self.service
        status, answer = self.server.form(self.path, {"grant_type": "client_credentials", **client})
        if status != 200:
            sys.exit(f"{self.name}: no token to ask about: {status} {json.dumps(answer)}")
        if ("." in answer["access_token"]) == (kind == "opaque"):
            sys.exit(f"{self.name}: the token is of the other format")
        return f"/{self.world.environment}/as/introspect", body(**client, token=answer["access_token"])

    def pushing(self):
        self.session = self.session or self._sign_on()
        root = f"/{self.world.environment}/as"
        return {"par": f"{root}/par", "authorize": f"{root}/authorize", "token": f"{root}/token",
                "client": self.world.client, "cookie": self.session["Cookie"], **pushed(self.web, prompt="none")}

    def with_certificate(self):
        return self.path, body(grant_type="client_credentials", client_id=self.certified)

    def over_tls(self):
        """The same server again, which ends TLS itself."""
        self.server.stop()
        self.deployment.admin |= {"GRANTOR_HTTP_TLS_CERTIFICATE": self.keys.file("server.pem"),
                                  "GRANTOR_HTTP_TLS_KEY": self.keys.file("server.key")}
        self._start()

    def remember(self, count, cluster):
        """As many living rows of what was shown once as if they had come with assertions."""
        environment, application = (uuid.UUID(one).bytes.hex() for one in (self.world.environment, self.clients["ES256"]))
        until = int((time.time() + 3000) * 1e6)
        if self.deployment.database.startswith("sqlite:"):
            fill_sqlite(self.deployment.database.removeprefix("sqlite:"), environment, application, until, count)
        else:
            cluster.run("INSERT INTO used_assertions (environment_id, application_id, hash, expires_at) SELECT "
                        f"'\\x{environment}', '\\x{application}', sha256(n::text::bytea), {until} "
                        f"FROM generate_series(1, {count}) n")


def fill_sqlite(file, environment, application, until, count):
    connection = sqlite3.connect(file, timeout=60)
    rows = ((bytes.fromhex(environment), bytes.fromhex(application), hashlib.sha256(str(n).encode()).digest(), until)
            for n in range(count))
    with connection:
        connection.executemany("INSERT INTO used_assertions (environment_id, application_id, hash, expires_at) "
                               "VALUES (?, ?, ?, ?)", rows)
    connection.close()


def jwk_of(pem):
    """RFC 7518 §6.2.1 of the PEM of a P-256 key: the point is what its encoding ends with."""
    point = base64.b64decode(b"".join(pem.splitlines()[1:-1]))[-64:]
    x, y = (base64.urlsafe_b64encode(half).decode().rstrip("=") for half in (point[:32], point[32:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def pushed(client, **more):
    return {"request": body(**client, response_type="code", redirect_uri=REDIRECT_URI, scope="openid", state="s" * 22,
                            code_challenge=CHALLENGE, code_challenge_method="S256", **more),
            "redemption": body(grant_type="authorization_code", **client, redirect_uri=REDIRECT_URI,
                               code_verifier=VERIFIER, code="")}


class Methods:
    """The workloads over the subjects, in turn."""

    def __init__(self, rounds, keys):
        self.rounds = rounds
        self.keys = keys
        self.askings = {}

    def measure(self, workload, subject, label=None):
        label = label or workload
        if workload in ASSERTIONS:
            alg = ASSERTIONS[workload]
            path, key, client, audience = subject.asserting(alg, self.keys)
            made = self._make(alg, key, client, audience, "grant_type=client_credentials")
            self.rounds.run(label, subject, "once", made, path)
        elif workload.startswith("DPoP"):
            path, htu, form = subject.proving()
            made = self._make("DPoP", self.keys.file("ES256"), "", htu, form)
            self.rounds.run(label, subject, "once", made, path)
        elif workload.startswith("introspection"):
            kind = workload.split(", ")[1]
            if (kind, subject.name) not in self.askings:
                self.askings[kind, subject.name] = subject.asking(kind)
            path, form = self.askings[kind, subject.name]
            self.rounds.run(label, subject, "repeat", form, path)
        elif workload.startswith("mutual"):
            path, form = subject.with_certificate()
            own = ("--trusted", "server.pem"), ("--certificate", "client.pem"), ("--key", "client.key")
            flags = [word for flag, name in own for word in (flag, self.keys.file(name))]
            result = self.rounds.run(label, subject, "repeat", form, path, *flags)
            if result["resumed"] < result["count"] - 2 * CONNECTIONS:
                sys.exit(f"{label} on {subject.name}: {result['resumed']} of {result['count']} were resumed")
        else:
            flags = [word for name, value in subject.pushing().items() for word in (f"--{name}", value)]
            self.rounds.run(label, subject, "pushed", "", "/", *flags)

    def _make(self, kind, key, client, audience, extra):
        """Requests enough for a round, made on the generator's core before it begins."""
        count = int(MOST_IN_A_SECOND * self.rounds.seconds)
        made = subprocess.run(
            [self.rounds.generator, "make", kind, "--key", key, "--count", str(count), "--client", client, "--audience",
             audience, "--extra", extra],
            stdout=subprocess.PIPE, check=True, preexec_fn=lambda: os.sched_setaffinity(0, GENERATOR_CORE))
        return made.stdout.decode().rstrip("\n")


def run(rounds, ideal, grantor, folder, cluster, table, count, only=None):
    """Rounds of each workload, and the tables."""
    keys = Keys(rounds.generator, folder)
    methods = Methods(rounds, keys)
    started = []
    try:
        ideals = {"memory": IdealMethods("memory", ideal, keys),
                  "durable": IdealMethods("durable", ideal, keys, "--durable", str(folder / "ideal.db")),
                  "TLS": IdealMethods("TLS", ideal, keys, "--tls", keys.file("server.pem"), "--tls-key",
                                      keys.file("server.key"), "--registered", keys.file("client.pem"))}
        started += ideals.values()
        servers = [GrantorMethods("SQLite", grantor, folder / "sqlite", f"sqlite:{folder}/sqlite/grantor.db", keys),
                   GrantorMethods("PostgreSQL", grantor, folder / "serving-postgres", cluster.url(), keys)]
        started += servers
        for one in servers:
            one.settle()
        for workload, names in WORKLOADS.items():
            if only and only not in workload:
                continue
            if "TLS" in names:
                for one in servers:
                    one.over_tls()
                    one.settle()
            for number in range(count):
                print(f"{workload}, round {number + 1} of {count}", file=sys.stderr, flush=True)
                for subject in (*(ideals[name] for name in names), *servers):
                    methods.measure(workload, subject)
            if "opaque" in workload:
                remembered(methods, servers, ideals, cluster, count, table)
        chosen = {workload: names for workload, names in WORKLOADS.items() if not only or only in workload}
        table([rounds.compare(workload, name, one.name)
               for workload, names in chosen.items() for name in names for one in servers])
    finally:
        for one in reversed(started):
            one.stop()


def remembered(methods, servers, ideals, cluster, count, table):
    """ES256 assertions as before, and with a million that were shown and still count."""
    workload, rounds, rows = "private_key_jwt ES256", methods.rounds, []
    subjects = [ideals["memory"], *servers]
    labels = ("few remembered", "a million remembered")
    held = {}
    for label in labels:
        if label == labels[1]:
            for one in subjects:
                if one in servers:
                    one.remember(REMEMBERED, cluster)
                else:
                    one.remember(REMEMBERED)
        for number in range(count):
            print(f"{label}, round {number + 1} of {count}", file=sys.stderr, flush=True)
            for subject in subjects:
                methods.measure(workload, subject, label)
        held |= {(label, one.name): resident(one.process.pid) for one in subjects}
    for one in subjects:
        few, many = (rounds.median(label, one.name, "rps") for label in labels)
        rows.append({"server": one.name, "rps, few": few, "rps, a million": many, "ratio": many / few,
                     "MB, few": held[labels[0], one.name], "MB, a million": held[labels[1], one.name]})
    table(rows)
