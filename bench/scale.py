"""`run --scale`: what a million users and ten thousand environments do to a call, beside the same call with a hundred users.

Two servers per database, one with the base and one filled, answer the same call in turn, so that a noisy moment meets both.
"""

import json
import multiprocessing
import os
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

from rounds import GENERATOR_CORE
from subjects import Grantor

BASE_USERS = 200
#: What a page of ten needs, so that the base draws as many.
BASE_ENVIRONMENTS = 10


class Wire:
    """One connection, kept alive, with as little of a client as can be: what is measured is the server."""

    def __init__(self, port, host):
        self.port, self.host = port, host
        self.socket = None

    def ask(self, method, path, headers, body=b""):
        """Status, body and milliseconds."""
        if self._ended():
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
        began = time.perf_counter()
        self.socket.sendall(head + body)
        data = self._some()
        while b"\r\n\r\n" not in data:
            data += self._some()
        top, _, rest = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in top.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        while len(rest) < length:
            rest += self._some()
        return int(top[9:12]), rest, (time.perf_counter() - began) * 1e3

    def _some(self):
        data = self.socket.recv(1 << 18)
        if not data:
            sys.exit("the server closed a connection in the middle of an answer")
        return data

    def _ended(self):
        """Whether there is no connection, or the server closed it while nobody asked."""
        return self.socket is None or bool(select.select([self.socket], [], [], 0)[0])


class Subject:
    """A server, its template user and the calls to measure."""

    def __init__(self, name, binary, fill, folder, database, users):
        self.users, self.fill, self.database = users, fill, database
        self.grantor = Grantor(name, binary, folder, database)
        self.world = self.grantor.world
        self.base = self.world.base
        populations = self.read(f"{self.base}/populations")["_embedded"]["populations"]
        self.population = next(one["id"] for one in populations if one["name"] == "People")
        self.user = self.write("POST", f"{self.base}/users", {
            "username": "template", "email": "template@example.com", "externalId": "ext-template",
            "name": {"given": "Given", "family": "Family-template"}, "population": {"id": self.population},
        }, 201)["id"]
        began = time.monotonic()
        self.filling("users", str(users))
        self.filling("environments", str(BASE_ENVIRONMENTS))
        print(f"{name}: {users} users in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        self.connect()
        self.group, took = self.grouped()
        print(f"{name}: a group's filter is applied in {took:.1f} s", file=sys.stderr, flush=True)
        self.lists = self.whole()

    def connect(self):
        host = urllib.parse.urlsplit(self.grantor.deployment.public_url).netloc
        self.wire = Wire(self.grantor.port, host)

    def filling(self, what, *words):
        key = [str(self.grantor.deployment.key_file)] if what == "environments" else []
        command = [self.fill, what, self.database, self.world.environment, *words, *key]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    def read(self, path):
        return self.world.read(self.grantor.server, path)

    def write(self, method, path, body, expected):
        return self.world.send(self.grantor.server, method, path, body, "application/json", expected)

    def call(self, method, path, body=None):
        headers = f"Authorization: Bearer {self.world.token}\r\n"
        if body is not None:
            headers += "Content-Type: application/json\r\n"
        status, answer, took = self.wire.ask(method, path, headers, json.dumps(body).encode() if body is not None else b"")
        if status >= 300:
            sys.exit(f"{self.grantor.name}: {method} {path} answered {status}: {answer.decode()}")
        return answer, took

    def filter(self, text, **more):
        return f"{self.base}/users?" + urllib.parse.urlencode({"filter": text, **more})

    def hundredth(self):
        """The path of the hundredth page of one user each."""
        path = f"{self.base}/users?limit=1"
        for _ in range(99):
            href = json.loads(self.call("GET", path)[0])["_links"]["next"]["href"]
            parts = urllib.parse.urlsplit(href)
            path = f"{parts.path}?{parts.query}"
        return path

    def reads(self):
        """Name and path of each call, for sample n."""
        def some(n):
            return 1 + (n * 7919) % self.users
        hundredth = self.hundredth()
        return {
            "username eq": lambda n: self.filter(f'username eq "user.{some(n):07}"'),
            "email eq": lambda n: self.filter(f'email eq "user.{some(n):07}@example.com"'),
            "externalId eq": lambda n: self.filter(f'externalId eq "ext-{some(n)}"'),
            "id eq": lambda n: self.filter(f'id eq "{self.user}"'),
            "user by id": lambda n: f"{self.base}/users/{self.user}",
            "first page": lambda n: f"{self.base}/users",
            "hundredth page (limit 1)": lambda n: hundredth,
            "population.id eq": lambda n: self.filter(f'population.id eq "{self.population}"'),
            "username sw, ten users": lambda n: self.filter('username sw "user.000001"'),
            "username sw, all users": lambda n: self.filter('username sw "user."'),
            "name.family eq": lambda n: self.filter(f'name.family eq "Family-{some(n) // 3}"'),
            "populations": lambda n: f"{self.base}/populations",
            "population": lambda n: f"{self.base}/populations/{self.population}",
            "environments": lambda n: "/v1/environments?limit=10",
            **{name: lambda _, path=path: self.base + path for name, path in self.lists.items()},
        }

    def grouped(self):
        """Makes a group of a filter and waits until it is applied; its id, and the seconds."""
        began = time.monotonic()
        group = self.write("POST", f"{self.base}/groups", {"name": "By name", "userFilter": 'name.family eq "Family-1"'}, 201)["id"]
        members = self.filter(f'memberOfGroups[id eq "{group}"]', limit=1)
        while json.loads(self.call("GET", members)[0])["count"] < min(3, self.users):
            time.sleep(0.05)
        return group, time.monotonic() - began

    def whole(self):
        """The lists beside those of users, by what they are called in the table."""
        first = lambda path, member: self.read(self.base + path)["_embedded"][member][0]["id"]
        user, group = f"/users/{self.user}", f"/groups/{self.group}"
        schema, resource = first("/schemas", "schemas"), first("/resources", "resources")
        policy = first("/signOnPolicies", "signOnPolicies")
        members = urllib.parse.urlencode({"filter": f'memberOfGroups[id eq "{self.group}"]'})
        told = urllib.parse.urlencode({"filter": f'resources.id eq "{self.user}"'})
        return {
            "groups": "/groups", "group": group, "members of a group": f"/users?{members}",
            "groups of a user": f"{user}/memberOfGroups", "roles of a user": f"{user}/roleAssignments",
            "sessions of a user": f"{user}/sessions", "accounts of a user": f"{user}/linkedAccounts",
            "activities of a user": f"/activities?{told}",
            "schema attributes": f"/schemas/{schema}/attributes", "resources": "/resources",
            "scopes": f"/resources/{resource}/scopes", "resource attributes": f"/resources/{resource}/attributes",
            "applications": "/applications", "sign-on policies": "/signOnPolicies",
            "actions": f"/signOnPolicies/{policy}/actions", "password policies": "/passwordPolicies",
            "identity providers": "/identityProviders", "keys": "/keys", "certificates": "/certificates",
            "key rotation policies": "/keyRotationPolicies", "roles": "/roles",
        }


def measure(subjects, samples):
    """Milliseconds by call, base and filled, sample by sample in turn."""
    took = {}

    def sample(name, ask):
        for subject, times in zip(subjects, took.setdefault(name, ([], []))):
            times.append(ask(subject))

    calls = [subject.reads() for subject in subjects]
    for name in calls[0]:
        paths = dict(zip(subjects, (own[name] for own in calls)))
        for n in range(samples):
            sample(name, lambda subject: subject.call("GET", paths[subject](n))[1])
    for n in range(samples):
        made = {}

        def create(subject):
            answer, took = subject.call("POST", f"{subject.base}/users", {
                "username": f"made.{n}", "email": f"made.{n}@example.com", "population": {"id": subject.population}})
            made[subject] = json.loads(answer)["id"]
            return took

        sample("create", create)
        sample("patch", lambda one: one.call("PATCH", f"{one.base}/users/{made[one]}", {"nickname": f"n{n}"})[1])
        sample("delete", lambda one: one.call("DELETE", f"{one.base}/users/{made[one]}")[1])
    return took


def rows(database, took):
    for name, (base, filled) in took.items():
        yield compared({"database": database, "call": name}, base, filled)


def compared(row, base, filled):
    p99 = [sorted(times)[int(len(times) * 0.99)] for times in (base, filled)]
    median = [statistics.median(times) for times in (base, filled)]
    return row | {"base ms": median[0], "ms": median[1], "ratio": median[1] / median[0],
                  "base p99": p99[0], "p99": p99[1], "p99 ratio": p99[1] / p99[0]}


def token(subject, environment):
    form = subject.grantor.client_credentials().encode()
    headers = "Content-Type: application/x-www-form-urlencoded\r\n"
    status, answer, took = subject.wire.ask("POST", f"/{environment}/as/token", headers, form)
    if status != 200:
        sys.exit(f"a token of {environment}: {status} {answer.decode()}")
    return took


def rotation(subject, environments, samples):
    """Tokens of one environment, and of each in turn once all were visited."""
    one = [token(subject, subject.world.environment) for _ in range(samples)]
    before = subject.grantor.process.pid
    resident = rss(before)
    for environment in environments:
        token(subject, environment)
    each = (rss(before) - resident) / len(environments) * 1e3
    turn = []
    for n in range(samples):
        turn.append(token(subject, environments[n % len(environments)]))
    return one, turn, each


def rss(pid):
    """Resident megabytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1e3


def list_again(port, host, headers, path, over, statuses):
    """In a process of its own, so that its work is not in what the other one measures."""
    os.sched_setaffinity(0, GENERATOR_CORE)
    wire = Wire(port, host)
    while not over.is_set():
        status = wire.ask("GET", path, headers)[0]
        statuses[status] = statuses.get(status, 0) + 1


def beside_lists(subject, quiet, seconds):
    """Tokens and sign-ons of another environment while four clients ask for lists without an index again and again."""
    path = subject.filter('nickname co "zzz"', limit=10)
    headers = f"Authorization: Bearer {subject.world.token}\r\n"
    with multiprocessing.Manager() as manager:
        over, statuses = manager.Event(), manager.dict()
        arguments = (subject.grantor.port, subject.wire.host, headers, path, over, statuses)
        lists = [multiprocessing.Process(target=list_again, args=arguments) for _ in range(0 if quiet else 4)]
        for one in lists:
            one.start()
        time.sleep(0.5)
        until, tokens, sign_ons = time.monotonic() + seconds, [], []
        while time.monotonic() < until:
            for _ in range(20):
                tokens.append(token(subject, subject.neighbour))
                time.sleep(0.002)
            began = time.perf_counter()
            if not subject.grantor.signs_on():
                sys.exit("a sign-on was refused")
            sign_ons.append((time.perf_counter() - began) * 1e3)
        over.set()
        for one in lists:
            one.join()
        return tokens, sign_ons, dict(statuses)


def run(binary, fill, folder, cluster, table, users, environments, samples):
    subjects = {}
    try:
        for database in ("SQLite", "PostgreSQL"):
            pair = []
            for name, count in (("base", BASE_USERS), ("filled", users)):
                place = folder / f"{database}-{name}"
                url = f"sqlite:{place}/grantor.db" if database == "SQLite" else cluster.database(name)
                pair.append(Subject(f"{database} {name}", binary, fill, place, url, count))
            subjects[database] = pair
        table([row for database, pair in subjects.items() for row in rows(database, measure(pair, samples))])
        many(subjects, environments, samples, table)
        table([row for database, (_, filled) in subjects.items() for row in disturbed(database, filled)])
    finally:
        for pair in subjects.values():
            for subject in pair:
                subject.grantor.stop()


def many(subjects, counts, samples, table):
    found, here = [], {database: [] for database in subjects}
    for count in counts:
        for database, (base, filled) in subjects.items():
            here[database] += filled.filling("environments", str(count - len(here[database])))
            path = "/v1/environments?limit=10"
            lists = [[one.call("GET", path)[1] for _ in range(samples)] for one in (base, filled)]
            found.append(compared({"database": database, "environments": count, "call": "environments"}, *lists))
            one, turn, each = rotation(filled, here[database], max(samples, count))
            row = compared({"database": database, "environments": count, "call": "token, each in turn"}, one, turn)
            found.append(row)
            print(f"{database}: {each:.0f} kB for each of {count} environments", file=sys.stderr, flush=True)
    for database, (_, filled) in subjects.items():
        filled.neighbour = here[database][0]
    table(found)


def disturbed(database, filled):
    quiet = beside_lists(filled, True, 10)
    loud = beside_lists(filled, False, 20)
    print(f"{database}: the lists were answered {loud[2]}", file=sys.stderr, flush=True)
    yield compared({"database": database, "beside lists": "token"}, quiet[0], loud[0])
    yield compared({"database": database, "beside lists": "sign-on"}, quiet[1], loud[1])
