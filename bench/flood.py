"""`run --flood`: what a flood at one environment does to the people, tokens and management calls of another, and to its own.
`run --growth`: by how much the database grows in floods of requests that need no credentials.

Two environments of one server. Somebody at 127.0.0.2 floods A; people of B sign on from 127.0.0.3, people of A from 127.0.0.4, all on
loopback. Every flood ends by itself. One server per database, measured quiet, in each flood, and five seconds after it.
"""

import contextlib
import json
import multiprocessing
import os
import resource
import select
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import uuid

from cluster import binaries
from scale import rss
from subjects import PASSWORD, REDIRECT_URI, Deployment, Prompt, World

FLOODER, PEOPLE_OF_B, PEOPLE_OF_A = "127.0.0.2", "127.0.0.3", "127.0.0.4"
FORM = "application/x-www-form-urlencoded"
CHECK = "application/vnd.pingidentity.usernamePassword.check+json"
#: A person who waited longer has gone.
PATIENCE = 2.0
IDLE_SOURCES, IDLE_EACH = 10, 1000
#: Seconds in which a flood uses up what may come at once, and those that are measured after.
BURST, MEASURED = 20, 20
#: Seconds that a begun sign-on is kept: its own fifteen minutes, an hour in which it is recognised, and five until the next purge.
FLOW_KEPT = 4800


class Line:
    """One keep-alive connection from an address of our choice."""

    def __init__(self, port, host, source):
        self.to, self.host, self.source, self.socket = ("127.0.0.1", port), host, source, None

    def ask(self, method, path, body=b"", content_type=FORM, headers="", limit=20.0):
        """Status, head, body and seconds; status 0 when there was no answer in time."""
        began = time.perf_counter()
        try:
            if self.socket is None:
                self.socket = socket.create_connection(self.to, limit, (self.source, 0))
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.settimeout(limit)
            self.socket.sendall(request(self.host, method, path, body, content_type, headers))
            status, head, answer = self._answer()
        except OSError:
            self.close()
            return 0, b"", b"", time.perf_counter() - began
        if b"connection: close" in head.lower():
            self.close()
        return status, head, answer, time.perf_counter() - began

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def _answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, rest = data.partition(b"\r\n\r\n")
        length = length_of(head)
        while len(rest) < length:
            rest += self._some()
        return int(head[9:12]), head, rest

    def _some(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionResetError
        return data


def request(host, method, path, body=b"", content_type=FORM, headers=""):
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}"
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def length_of(head):
    return next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)


class Tenant:
    """An environment with a person, an application and a service, as `Grantor` of subjects.py has one."""

    def __init__(self, server, name):
        self.world = World(server, name)
        self.environment, self.base = self.world.environment, self.world.base
        service = self.world.make(server, f"{self.base}/applications", {
            "enabled": True, "name": "Service", "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST"})["id"]
        secret = self.world.read(server, f"{self.base}/applications/{service}/secret")["secret"]
        self.service = form(grant_type="client_credentials", client_id=service, client_secret=secret)
        self.authorization = form(response_type="code", response_mode="pi.flow", client_id=self.world.client,
                                  redirect_uri=REDIRECT_URI, scope="openid")

    def token(self, line):
        return line.ask("POST", f"/{self.environment}/as/token", self.service)

    def manage(self, line):
        headers = f"Authorization: Bearer {self.world.token}\r\n"
        return line.ask("GET", f"{self.base}/users/{self.world.user}", headers=headers)

    def begin(self, line):
        return line.ask("POST", f"/{self.environment}/as/authorize", self.authorization)

    def sign_on(self, line):
        """Whether the person got in within their patience, and after how long."""
        began = time.perf_counter()
        status, _, answer, _ = self.begin(line)
        if status == 200:
            flow = json.loads(answer)["id"]
            credentials = json.dumps({"username": "serving", "password": PASSWORD}).encode()
            status, _, _, _ = line.ask("POST", f"/{self.environment}/flows/{flow}", credentials, CHECK)
        took = time.perf_counter() - began
        return status == 200 and took <= PATIENCE, took


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


def as_fast_as_it_goes(port, host, source, connections, requests, seconds, statuses):
    """Asks on so many connections, each again as soon as it is answered. In a process of its own."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    until, poller, open_now, counts = time.monotonic() + seconds, select.epoll(), {}, {}

    def connect(number):
        one = socket.socket()
        try:
            one.bind((source, 0))
            one.connect(("127.0.0.1", port))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.sendall(requests[number % len(requests)])
        except OSError:
            return one.close()
        poller.register(one, select.EPOLLIN)
        open_now[one.fileno()] = [one, number, b""]

    for number in range(connections):
        connect(number)
    while time.monotonic() < until and open_now:
        for descriptor, _ in poller.poll(0.2):
            entry = open_now[descriptor]
            one, number, data = entry
            try:
                came = one.recv(1 << 16)
            except OSError:
                came = b""
            data += came
            head, end, rest = data.partition(b"\r\n\r\n")
            if came and not (end and len(rest) >= length_of(head)):
                entry[2] = data
                continue
            status = int(head[9:12]) if end else 0
            counts[status] = counts.get(status, 0) + 1
            entry[2] = b""
            try:
                if not came or b"connection: close" in head.lower():
                    raise ConnectionResetError
                one.sendall(requests[(number + counts[status]) % len(requests)])
            except OSError:
                poller.unregister(one)
                del open_now[descriptor]
                one.close()
                connect(number)
    statuses.update(counts)


def stay_idle(port, seconds, statuses):
    """A thousand connections from each of ten sources that say nothing, opened again when they are closed."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100
    each, held, failed = min(IDLE_EACH, room // IDLE_SOURCES), [], 0
    until = time.monotonic() + seconds
    for number in range(each * IDLE_SOURCES):
        one = socket.socket()
        one.settimeout(1)
        try:
            one.bind((f"127.0.1.{number // each + 1}", 0))
            one.connect(("127.0.0.1", port))
            held.append(one)
        except OSError:
            failed += 1
            one.close()
        if time.monotonic() > until:
            break
    statuses["open"], statuses["failed"] = len(held), failed
    time.sleep(max(0.0, until - time.monotonic()))


def floods(tenant, host, line):
    """Name, connections and requests of each."""
    token, flows = f"/{tenant.environment}/as/token", []
    for _ in range(20):
        _, _, answer, _ = tenant.begin(line)
        flows.append(json.loads(answer)["id"])
    sign_ons = []
    for number in range(400):
        body = json.dumps({"username": f"nobody.{number}", "password": "a password that is wrong"}).encode()
        path = f"/{tenant.environment}/flows/{flows[number % len(flows)]}"
        sign_ons.append(request(host, "POST", path, body, CHECK))
    bearer = f"Authorization: Bearer {tenant.world.token}\r\n"
    filtered = urllib.parse.urlencode({"filter": 'nickname co "zzz"', "limit": 10})
    refused = form(grant_type="client_credentials", client_id="nobody", client_secret="x" * 40)
    return {
        "sign-ons": (300, sign_ons),
        "refused": (8, [request(host, "POST", token, refused)]),
        "authorizations": (64, [request(host, "POST", f"/{tenant.environment}/as/authorize", tenant.authorization)]),
        "tokens": (64, [request(host, "POST", token, tenant.service)]),
        "lists": (32, [request(host, "GET", f"{tenant.base}/users?{filtered}", headers=bearer)]),
    }


def visit(a, b, port, host, seconds):
    """What honest people meet: B's sign-ons, tokens and management calls, and A's own sign-ons from another address."""
    met = {"B signed on": [], "A signed on": [], "token": [], "management": []}
    of_b, of_a = Line(port, host, PEOPLE_OF_B), Line(port, host, PEOPLE_OF_A)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        met["B signed on"].append(b.sign_on(of_b))
        met["A signed on"].append(a.sign_on(of_a))
        for _ in range(10):
            for what, ask in (("token", b.token), ("management", b.manage)):
                status, _, _, took = ask(of_b)
                met[what].append(took if status == 200 else float("inf"))
            time.sleep(0.005)
    of_b.close()
    of_a.close()
    return met


def quantile(times, at):
    return sorted(times)[min(len(times) - 1, int(len(times) * at))] * 1e3


def row(database, flood, met, quiet, memory, statuses):
    def within(who):
        return f"{sum(well for well, _ in met[who])} of {len(met[who])}"

    def beside(what, at):
        return quantile(met[what], at) / quantile(quiet[what], at)

    hashes = len(met["B signed on"]) + len(met["A signed on"])
    return {"database": database, "flood": flood, "B signed on": within("B signed on"), "A signed on": within("A signed on"),
            "token ms": quantile(met["token"], 0.5), "ratio": beside("token", 0.5), "p99 ms": quantile(met["token"], 0.99),
            "p99 ratio": beside("token", 0.99), "management ratio": beside("management", 0.5), "sign-ons": hashes,
            "RSS MB": memory, "answers": " ".join(f"{status}: {count}" for status, count in sorted(statuses.items(), key=str))}


def goals(found):
    """Each goal of a row, and whether it was met."""
    def share(text):
        well, _, of = text.partition(" of ")
        return int(well) / max(1, int(of))
    return {"B ≥ 95 % within 2 s": share(found["B signed on"]) >= 0.95, "A's own ≥ 50 %": share(found["A signed on"]) >= 0.5,
            "token median ≤ 2": found["ratio"] <= 2, "token p99 ≤ 5": found["p99 ratio"] <= 5,
            "management ≤ 3": found["management ratio"] <= 3, "memory ≤ 150 MB": found["RSS MB"] <= 150}


def measure(database, server, a, b, seconds):
    port, host = server.port, urllib.parse.urlsplit(server.deployment.public_url).netloc
    quiet = visit(a, b, port, host, seconds)
    yield row(database, "quiet", quiet, quiet, rss(server.process.pid), {})
    begun = Line(port, host, FLOODER)
    all_floods = floods(a, host, begun)
    begun.close()
    with multiprocessing.Manager() as manager:
        for name in [*all_floods, "idle connections"]:
            statuses = manager.dict()
            if name in all_floods:
                connections, requests = all_floods[name]
                arguments = (port, host, FLOODER, connections, requests, seconds + 2, statuses)
                flood = multiprocessing.Process(target=as_fast_as_it_goes, args=arguments)
            else:
                flood = multiprocessing.Process(target=stay_idle, args=(port, seconds + 6, statuses))
            flood.start()
            time.sleep(1 if name in all_floods else 4)
            met = visit(a, b, port, host, seconds)
            memory = rss(server.process.pid)
            flood.join()
            yield row(database, name, met, quiet, memory, dict(statuses))
            time.sleep(5)
        after = visit(a, b, port, host, seconds)
        yield row(database, "after all", after, quiet, rss(server.process.pid), {})


def anonymous(tenant, host, line):
    """Name and requests of each flood that needs no credentials."""
    token, authorize = f"/{tenant.environment}/as/token", f"/{tenant.environment}/as/authorize"
    unknown = [form(grant_type="client_credentials", client_id=f"nobody{number}", client_secret="x" * 40) for number in range(200)]
    bearer = f"Authorization: Bearer {'x' * 40}\r\n"
    elsewhere = [f"/v1/environments/{uuid.uuid4()}/users" for _ in range(200)]
    opaque = tenant.authorization + b"&" + form(state="s" * 2000, nonce="n" * 2000)
    names = [json.dumps({"username": f"nobody.{number}", "password": "wrong"}).encode() for number in range(400)]
    _, _, answer, _ = tenant.begin(line)
    flow = f"/{tenant.environment}/flows/{json.loads(answer)['id']}"
    return {
        "token requests of unknown clients": [request(host, "POST", token, body) for body in unknown],
        "management, no such environment": [request(host, "GET", path, headers=bearer) for path in elsewhere],
        "userinfo without a token": [request(host, "GET", f"/{tenant.environment}/as/userinfo")],
        "authorizations": [request(host, "POST", authorize, tenant.authorization)],
        "authorizations, 4 kB of state and nonce": [request(host, "POST", authorize, opaque)],
        "sign-ons of nobody": [request(host, "POST", flow, body, CHECK) for body in names],
    }


def growth(database, server, a):
    """How much each flood adds to the database, once it has used up what may come at once: to the audit, which keeps it, and to all
    else, which is begun sign-ons that go after their time."""
    port, host = server.port, urllib.parse.urlsplit(server.deployment.public_url).netloc
    begun = Line(port, host, FLOODER)
    all_floods = anonymous(a, host, begun)
    begun.close()
    with multiprocessing.Manager() as manager:
        for name, requests in all_floods.items():
            statuses = manager.dict()
            arguments = (port, host, FLOODER, 64, requests, BURST + MEASURED + 1, statuses)
            flood = multiprocessing.Process(target=as_fast_as_it_goes, args=arguments)
            flood.start()
            time.sleep(BURST)
            before = sizes(server)
            time.sleep(MEASURED)
            audit, rest = (max(0, after - size) / MEASURED for after, size in zip(sizes(server), before))
            flood.join()
            yield {"database": database, "flood": name, "answers": " ".join(f"{s}: {n}" for s, n in sorted(statuses.items())),
                   "audit kB/s": audit / 1e3, "other kB/s": rest / 1e3,
                   "GB in a day": (audit * 86_400 + rest * FLOW_KEPT) / 1e9}


def sizes(server):
    """Octets of the audit's table and its indexes, and of all others."""
    url = server.deployment.database
    if url.startswith("sqlite:"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:"), timeout=20)) as one:
            of = "SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name {} (SELECT name FROM sqlite_schema WHERE tbl_name = 'activities')"
            return tuple(one.execute(of.format(among)).fetchone()[0] for among in ("IN", "NOT IN"))
    asked = "SELECT pg_total_relation_size('activities'), pg_database_size(current_database()) - pg_total_relation_size('activities')"
    told = subprocess.run([os.path.join(binaries(), "psql"), url, "-Atc", asked], stdout=subprocess.PIPE, check=True).stdout
    return tuple(int(size) for size in told.decode().split("|"))


def servers(binary, folder, cluster):
    """A server of each database, and its two environments."""
    for database in ("SQLite", "PostgreSQL"):
        place = folder / database
        place.mkdir()
        url = f"sqlite:{place}/grantor.db" if database == "SQLite" else cluster.url()
        deployment = Deployment(binary, place, url)
        server = Prompt(deployment, urllib.parse.urlsplit(deployment.public_url).port)
        try:
            yield database, server, Tenant(server, "A"), Tenant(server, "B")
        finally:
            server.stop()


def grow(binary, folder, cluster, table):
    """About two and a half minutes for each database."""
    found = []
    for database, server, a, _ in servers(binary, folder, cluster):
        for one in growth(database, server, a):
            print(f"{database}: {one['flood']}", file=sys.stderr, flush=True)
            found.append(one)
    table(found)


def run(binary, folder, cluster, table, seconds=12):
    """About two and a half minutes for each database."""
    found = []
    for database, server, a, b in servers(binary, folder, cluster):
        for one in measure(database, server, a, b, seconds):
            print(f"{database}: {one['flood']}", file=sys.stderr, flush=True)
            found.append(one)
    table(found)
    missed = [{"database": one["database"], "flood": one["flood"], "goal": goal}
              for one in found for goal, met in goals(one).items() if not met]
    if missed:
        table(missed)
    else:
        print("every goal is met", flush=True)
