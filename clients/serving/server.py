"""`grantor serve` as a child process on loopback: started, asked, killed without warning, started again."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import uuid

START_LIMIT = 30


class Deployment:
    """What several processes share: the database, the master key, the first administrator, the public URL."""

    def __init__(self, binary, folder, database):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.database = database
        self.key_file = self.folder / "master.key"
        self.key_file.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        self.key_file.chmod(0o600)
        self.admin = {
            "GRANTOR_ADMIN_ENVIRONMENT_ID": str(uuid.uuid4()),
            "GRANTOR_ADMIN_CLIENT_ID": str(uuid.uuid4()),
            "GRANTOR_ADMIN_CLIENT_SECRET": secrets.token_urlsafe(48),
        }
        self.public_url = f"http://localhost:{free_port()}"
        self.servers = []

    def keys(self, environment, command, *words):
        """`grantor keys` on the same database, not waited for."""
        return subprocess.Popen(
            [
                self.binary, "keys", command, *words, "--environment", environment, "--database", self.database,
                "--master-key-file", str(self.key_file),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, port=None, binary=None):
        """The deployment's own build, or another one."""
        port = port or urllib.parse.urlsplit(self.public_url).port
        self.servers.append(Server(self, port, binary))
        return self.servers[-1]

    def stop(self):
        """Every process that still runs."""
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()


class Server:
    """One process. Requests go to its own port whatever the URL's origin says: all processes have one public URL."""

    def __init__(self, deployment, port, binary=None, wait=True):
        self.deployment = deployment
        self.port = port
        self.binary = binary or deployment.binary
        self.log = open(deployment.folder / f"serve-{port}.log", "ab")
        self.process = subprocess.Popen(
            [
                self.binary, "serve", "--listen", f"127.0.0.1:{port}", "--public-url", deployment.public_url,
                "--database", deployment.database, "--master-key-file", str(deployment.key_file),
                "--management-listen", "off",
            ],
            env={**os.environ, **deployment.admin},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        if wait:
            self._wait()

    def _wait(self):
        began = time.monotonic()
        while time.monotonic() - began < START_LIMIT:
            if self.process.poll() is not None:
                sys.exit(f"grantor serve ended with {self.process.returncode}:\n{pathlib.Path(self.log.name).read_text()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit(f"grantor serve did not listen within {START_LIMIT} s")

    def kill(self):
        """`kill -9`: no warning, no shutdown."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            sys.exit("grantor serve did not end within 15 s of being asked")
        finally:
            self.log.close()

    def ask(self, method, url, body=None, content_type=None, headers=None):
        """One request on a connection of its own: status, headers, parsed JSON (or None)."""
        parts = urllib.parse.urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = dict(headers or {})
        if content_type:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers["Host"] = urllib.parse.urlsplit(self.deployment.public_url).netloc
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return response.status, response.headers, json.loads(text) if text.startswith(b"{") else None

    def form(self, path, fields):
        """A form sent by POST: status and JSON."""
        body = urllib.parse.urlencode(fields)
        status, _, answer = self.ask("POST", path, body, "application/x-www-form-urlencoded")
        return status, answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
