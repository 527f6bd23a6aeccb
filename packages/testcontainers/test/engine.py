"""Stands in for a container engine: as much of Docker's API as the libraries of Testcontainers ask for, with the program itself run as a process where an
engine would run a container.

What is shown with it: what the modules ask an engine for (image, command, ports, files), that they wait for readiness, read the control key from the log
and reach the controls at the address that the issuer has. What is not: that an image starts, what a network or a mapped port of an engine does, and
Ryuk, which is off.

    engine.py PROGRAM COMMAND…      runs the command with DOCKER_HOST set, and ends with its status
"""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PROGRAM = str(Path(sys.argv[1]).resolve())
CONTAINERS = {}
MADE = "2026-01-01T00:00:00Z"


class Container:
    def __init__(self, wanted):
        self.id = os.urandom(32).hex()
        self.wanted = wanted
        self.folder = Path(tempfile.mkdtemp(prefix="grantor-engine-"))
        self.process = None
        self.port = None

    def start(self):
        bound = (self.wanted["HostConfig"].get("PortBindings") or {}).get("8085/tcp") or [{}]
        self.port = int(bound[0].get("HostPort") or 0) or free()
        # An engine maps the port; here the program itself listens on the one of the host. Files are where they were copied to.
        words = [word.replace("0.0.0.0:8085", f"127.0.0.1:{self.port}") for word in self.wanted["Cmd"]]
        words = [str(self.folder) + word if word.startswith("/seeds/") else word for word in words]
        log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen([PROGRAM, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        if self.runs():
            self.process.terminate()
            self.process.wait(10)

    def shown(self):
        state = "running" if self.runs() else "exited" if self.process else "created"
        code = 0 if self.process is None or self.runs() else self.process.returncode
        bound = [{"HostIp": "0.0.0.0", "HostPort": str(self.port)}]
        network = {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1", "NetworkID": "0" * 64, "EndpointID": "", "Aliases": []}
        return {
            "Id": self.id,
            "Name": "/grantor",
            "Created": MADE,
            "Image": "sha256:" + "0" * 64,
            "State": {"Status": state, "Running": self.runs(), "ExitCode": code, "StartedAt": MADE, "FinishedAt": "0001-01-01T00:00:00Z"},
            "Config": {**self.wanted, "Hostname": self.id[:12], "HostConfig": None},
            "HostConfig": self.wanted["HostConfig"],
            "Mounts": [],
            "NetworkSettings": {"Ports": {"8085/tcp": bound}, "Networks": {"bridge": network}},
        }


class Engine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def answer(self, status, value=None, text=None):
        body = text if text is not None else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("API-Version", "1.44")
        self.send_header("Content-Type", "application/json" if text is None else "text/plain")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        url = urlsplit(self.path)
        path = re.sub(r"^/v\d+\.\d+", "", url.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = self.body()
        found = re.fullmatch(r"/containers/([0-9a-f]{64})(/\w+)?", path)
        if found and found[1] in CONTAINERS:
            return self.container(CONTAINERS[found[1]], found[2] or "", query, body)
        if path == "/containers/create":
            container = Container(json.loads(body))
            CONTAINERS[container.id] = container
            return self.answer(201, {"Id": container.id, "Warnings": []})
        if re.fullmatch(r"/images/.+/json", path):
            image = {"Id": "sha256:" + "0" * 64, "RepoTags": ["grantor:test"], "Created": MADE, "Os": "linux", "Architecture": "amd64", "Config": {}}
            return self.answer(200, image)
        fixed = {"/version": VERSION, "/info": INFO, "/containers/json": [], "/images/json": [], "/networks": []}
        if path == "/_ping":
            return self.answer(200, text=b"OK")
        if path.endswith("/prune"):
            return self.answer(200, {})
        if path in fixed:
            return self.answer(200, fixed[path])
        print(f"engine: {self.command} {self.path} is not known here", file=sys.stderr)
        return self.answer(404, {"message": f"no {path}"})

    def container(self, container, what, query, body):
        if what == "/json":
            return self.answer(200, container.shown())
        if what == "/start":
            container.start()
            return self.answer(204)
        if what == "/logs":
            return self.logs(container, query.get("follow") in ("1", "true"))
        if what == "/archive":
            tarfile.open(fileobj=io.BytesIO(body)).extractall(str(container.folder) + query["path"], filter="data")
            return self.answer(200)
        if what in ("/stop", "/kill") or self.command == "DELETE":
            container.end()
            return self.answer(204)
        if what == "/wait":
            container.process.wait()
            return self.answer(200, {"StatusCode": container.process.returncode})
        return self.answer(404, {"message": f"no {what}"})

    def logs(self, container, follow):
        """Frames of a stream, as an engine has them of a container without a terminal."""
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.docker.raw-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        at = 0
        try:
            while True:
                lives = container.runs()
                text = (container.folder / "log").read_bytes()[at:]
                if text:
                    self.wfile.write(b"\1\0\0\0" + len(text).to_bytes(4, "big") + text)
                    self.wfile.flush()
                    at += len(text)
                if not (follow and lives):
                    return
                time.sleep(0.05)
        except OSError:
            pass

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve


VERSION = {"Version": "27.0.0", "ApiVersion": "1.44", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64", "KernelVersion": "6"}
INFO = {
    "ID": "fake",
    "ServerVersion": "27.0.0",
    "OSType": "linux",
    "Architecture": "x86_64",
    "OperatingSystem": "a stand-in",
    "MemTotal": 8 << 30,
    "NCPU": 2,
    "Labels": [],
    "IndexServerAddress": "https://index.example.test/v1/",
    "RegistryConfig": {},
}


def free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
threading.Thread(target=server.serve_forever, daemon=True).start()
env = {
    **os.environ,
    "DOCKER_HOST": f"tcp://127.0.0.1:{server.server_port}",
    "TESTCONTAINERS_RYUK_DISABLED": "true",
    "TESTCONTAINERS_CHECKS_DISABLE": "true",
}
try:
    status = subprocess.run(sys.argv[2:], env=env).returncode
    left = [container for container in CONTAINERS.values() if container.runs()]
    if left:
        print(f"engine: {len(left)} containers were left", file=sys.stderr)
        status = status or 1
finally:
    for one in CONTAINERS.values():
        one.end()
        shutil.rmtree(one.folder)
sys.exit(status)
