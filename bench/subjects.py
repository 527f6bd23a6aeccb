"""What is measured: the ideal endpoint and `grantor serve`, each with the token requests that it accepts."""

import base64
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients/serving"))

from server import Deployment, Server, free_port  # noqa: E402
from world import PASSWORD, REDIRECT_URI, World  # noqa: E402

SERVER_CORE = {0}
#: What ideal/src/token.rs holds.
IDEAL_CLIENT = {"client_id": "bench", "client_secret": "the-secret-of-the-bench-client-0000000000"}


class Pinned:
    """Children started inside inherit the server's core."""

    def __enter__(self):
        self.before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, SERVER_CORE)

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.before)


class Ideal:
    path = "/token"

    def __init__(self, name, binary, *flags):
        self.name = name
        self.port = free_port()
        with Pinned():
            self.process = subprocess.Popen([binary, "--port", str(self.port), *flags])
        listening(self.process, self.port)

    def client_credentials(self):
        return body(grant_type="client_credentials", **IDEAL_CLIENT, scope="read")

    def codes(self, count):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/codes/{count}") as response:
            return [redemption(code, IDEAL_CLIENT) for code in response.read().decode().split()]

    def refreshing(self, token):
        return body(grant_type="refresh_token", **IDEAL_CLIENT, refresh_token=token)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Prompt(Server):
    """`grantor serve`, waited for in steps short enough to time its start."""

    def _wait(self):
        listening(self.process, self.port)


class Grantor:
    def __init__(self, name, binary, folder, database):
        self.name = name
        folder.mkdir()
        self.deployment = Deployment(binary, folder, database)
        self._start()
        self.world = World(self.server)
        self.path = f"/{self.world.environment}/as/token"
        base = self.world.base
        service = self.world.make(self.server, f"{base}/applications", {
            "enabled": True, "name": "Service", "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        })["id"]
        secret = self.world.read(self.server, f"{base}/applications/{service}/secret")["secret"]
        self.service = {"client_id": service, "client_secret": secret}
        self.web = {"client_id": self.world.client, "client_secret": self.world.secret}
        self.first_token = self._restart()
        # Signed on when the first code is wanted: hashing a password leaves memory behind that no token request needs.
        self.session = None

    def _start(self):
        with Pinned():
            self.server = Prompt(self.deployment, urllib.parse.urlsplit(self.deployment.public_url).port)
        self.process, self.port = self.server.process, self.server.port

    def settle(self):
        """Waits until the server has made the keys that it keeps ahead: they would take a fifth of its core from what is measured."""
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            before = spent(self.process.pid)
            time.sleep(0.5)
            if spent(self.process.pid) - before < 0.05:
                return

    def _restart(self):
        """Milliseconds from `exec` to the first token, with the store as a deployment would find it."""
        self.server.stop()
        began = time.monotonic()
        self._start()
        status, answer = self.server.form(self.path, dict(urllib.parse.parse_qsl(self.client_credentials())))
        took = (time.monotonic() - began) * 1e3
        if status != 200:
            sys.exit(f"{self.name}: no first token: {status} {json.dumps(answer)}")
        return took

    def sign_with(self, algorithm):
        """Rotates to a key of this algorithm, as an operator would, and waits until the server signs with it."""
        if self.deployment.keys(self.world.environment, "rotate", "--alg", algorithm, "--now").wait() != 0:
            sys.exit(f"{self.name}: no key of {algorithm}")
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            _, answer = self.server.form(self.path, dict(urllib.parse.parse_qsl(self.client_credentials())))
            if self._algorithm(answer["access_token"]) == algorithm:
                return
            time.sleep(0.1)
        sys.exit(f"{self.name}: still does not sign with {algorithm}")

    @staticmethod
    def _algorithm(token):
        header = token.split(".")[0]
        return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"]

    def client_credentials(self):
        return body(grant_type="client_credentials", **self.service)

    def signs_on(self):
        """Whether one more sign-on with the right password went through."""
        return self._check_password(self._authorize({}))[0] == 200

    def codes(self, count):
        self.session = self.session or self._sign_on()
        return [redemption(self._code(), self.web) for _ in range(count)]

    def refreshing(self, token):
        return body(grant_type="refresh_token", **self.web, refresh_token=token)

    def stop(self):
        self.server.stop()

    def _sign_on(self):
        status, headers, checked = self._check_password(self._authorize({}))
        if status != 200 or checked["status"] != "COMPLETED":
            sys.exit(f"{self.name}: signing on answered {status}: {json.dumps(checked)}")
        cookies = (line.split(";")[0] for line in headers.get_all("Set-Cookie"))
        return {"Cookie": next(cookie for cookie in cookies if cookie.startswith("ST="))}

    def _check_password(self, flow):
        credentials = json.dumps({"username": "serving", "password": PASSWORD})
        return self.server.ask("POST", f"/{self.world.environment}/flows/{flow['id']}", credentials,
                               "application/vnd.pingidentity.usernamePassword.check+json")

    def _authorize(self, headers):
        request = body(response_type="code", response_mode="pi.flow", client_id=self.world.client,
                       redirect_uri=REDIRECT_URI, scope="openid")
        status, _, flow = self.server.ask("POST", f"/{self.world.environment}/as/authorize", request,
                                          "application/x-www-form-urlencoded", headers)
        if status != 200:
            sys.exit(f"{self.name}: the authorization request answered {status}: {json.dumps(flow)}")
        return flow

    def _code(self):
        flow = self._authorize(self.session)
        resume = urllib.parse.urlsplit(flow["resumeUrl"])
        _, _, resumed = self.server.ask("GET", f"{resume.path}?{resume.query}", headers=self.session)
        return resumed["authorizeResponse"]["code"]


def spent(pid):
    """Seconds of processor time so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def redemption(code, client):
    return body(grant_type="authorization_code", **client, redirect_uri=REDIRECT_URI, code=code)


def body(**fields):
    return urllib.parse.urlencode(fields)


def listening(process, port):
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.001)
    sys.exit("the server did not listen within 30 s")
