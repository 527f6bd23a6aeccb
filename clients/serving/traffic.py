"""Steady requests to whichever processes there are at the moment, what one made always used at another: codes, refresh tokens,
sessions, people, groups, applications, events. Keeps what was acknowledged, and every answer that should not have been."""

import collections
import http.client
import json
import secrets
import threading
import time
import urllib.parse

from world import PASSWORD, REDIRECT_URI, worker_request

JSON = "application/json"
LISTS = ["users", "populations", "applications", "resources", "signOnPolicies", "passwordPolicies", "activities"]
#: Not in every build that there was.
LATER = ["groups", "users/{user}/sessions"]


class Away(Exception):
    """The answer was a 503 that says when to come again, or something that `Traffic` noted."""


class Traffic:
    def __init__(self, world, servers):
        self.world = world
        self.servers = servers
        #: While nothing is changed below the processes, not even a 503 is right.
        self.calm = True
        self.faults = collections.Counter()
        self.samples = {}
        self.answered = collections.Counter()
        self.turned_away = 0
        self.people, self.gone, self.alive, self.used, self.revoked = {}, [], [], [], []
        #: What the build before has no endpoint for. The newer one uses it all the same, beside it.
        self.lacking = {path for path in LATER if self._lacks(path)}
        self.before = servers[0].binary
        self._turn = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = []

    def _lacks(self, path):
        path = f"{self.world.base}/{path.format(user=self.world.user)}"
        return self.servers[0].ask("GET", path, headers={"Authorization": f"Bearer {self.world.token}"})[0] == 404

    def _has(self, path):
        return path not in self.lacking or any(server.binary != self.before for server in self.servers)

    def start(self):
        kinds = [self._people, self._grants, self._grants, self._revocations, self._configuration, self._reads]
        self.answered.update({self._name(kind): 0 for kind in kinds})
        self._threads = [threading.Thread(target=self._repeat, args=(kind,), daemon=True) for kind in kinds]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for(self, rounds, limit=60):
        """Until every kind of request went through so often from now on."""
        goal = {kind: self.answered[kind] + rounds for kind in list(self.answered)}
        began = time.monotonic()
        while any(self.answered[kind] < wanted for kind, wanted in goal.items()) and time.monotonic() - began < limit:
            time.sleep(0.05)
        for kind, wanted in goal.items():
            if self.answered[kind] < wanted:
                self.fault(f"{kind} did not go on")

    def fault(self, what, detail=""):
        with self._lock:
            self.faults[what] += 1
            self.samples.setdefault(what, str(detail)[:300])

    @staticmethod
    def _name(kind):
        return kind.__name__.strip("_")

    def _repeat(self, kind):
        name = self._name(kind)
        while not self._stop.is_set():
            try:
                kind()
                self.answered[name] += 1
            except Away:
                self._stop.wait(0.1)
            except (Exception, SystemExit) as error:  # whatever it was, the walk must hear of it
                self.fault(f"{name} broke off", repr(error))
            self._stop.wait(0.02)

    def _next(self, path=""):
        """Every process in turn, of those that have the endpoint."""
        servers = self.servers
        # `memberOfGroups` came with `groups`.
        if any(lacking.split("/")[-1] in path.lower() for lacking in self.lacking):
            servers = [server for server in servers if server.binary != self.before]
            if not servers:
                raise Away
        with self._lock:
            self._turn += 1
            return servers[self._turn % len(servers)]

    def _ask(self, kind, expected, method, path, body=None, content_type=None, headers=None):
        server = self._next(path)
        try:
            status, headers, answer = server.ask(method, path, body, content_type, headers)
        except (OSError, http.client.HTTPException) as error:
            self.fault(f"{kind}: no answer", repr(error))
            raise Away from error
        if status in expected:
            return status, headers, answer
        if status == 503 and headers.get("Retry-After"):
            self.turned_away += 1
            if not self.calm:
                raise Away
        self.fault(f"{kind}: {status}", f"{server.binary} {method} {path} {json.dumps(answer)}")
        raise Away

    def manage(self, kind, method, path, body=None, expected=(200, 201, 204), content_type=JSON):
        text = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.world.token}"}
        return self._ask(kind, expected, method, self.world.base + path, text, content_type, headers)[2]

    def _form(self, kind, path, fields, expected=(200,)):
        body = urllib.parse.urlencode(fields)
        path = f"/{self.world.environment}/as/{path}"
        status, _, answer = self._ask(kind, expected, "POST", path, body, "application/x-www-form-urlencoded")
        return status, answer

    def _token(self, kind, fields, expected=(200,)):
        world = self.world
        return self._form(kind, "token", {**fields, "client_id": world.client, "client_secret": world.secret}, expected)

    def refresh(self, token, expected=(200,)):
        return self._token("refresh", {"grant_type": "refresh_token", "refresh_token": token}, expected)

    def _sign_on(self):
        """The tokens of a person who signed on, each step at another process."""
        request = {"response_type": "code", "response_mode": "pi.flow", "client_id": self.world.client, "redirect_uri": REDIRECT_URI}
        _, flow = self._form("authorize", "authorize", {**request, "scope": "openid"})
        credentials = json.dumps({"username": "serving", "password": PASSWORD})
        path = f"/{self.world.environment}/flows/{flow['id']}"
        media = "application/vnd.pingidentity.usernamePassword.check+json"
        _, headers, checked = self._ask("password", (200,), "POST", path, credentials, media)
        cookies = (line.split(";")[0] for line in headers.get_all("Set-Cookie"))
        session = {"Cookie": next(cookie for cookie in cookies if cookie.startswith("ST="))}
        resume = urllib.parse.urlsplit(checked["resumeUrl"])
        _, _, resumed = self._ask("resume", (200,), "GET", f"{resume.path}?{resume.query}", headers=session)
        redeemed = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
        code = resumed["authorizeResponse"]["code"]
        _, tokens = self._token("code", {**redeemed, "code": code})
        return tokens

    def _active(self, token):
        client = {"client_id": self.world.client, "client_secret": self.world.secret}
        return self._form("introspect", "introspect", {"token": token, **client})[1]["active"]

    def _people(self):
        name = f"p.{secrets.token_hex(6)}"
        body = {"username": name, "email": f"{name}@example.com", "population": {"id": self.world.population}}
        made = self.manage("person", "POST", "/users", body)
        self.people[made["id"]] = name
        if self.manage("person", "GET", f"/users/{made['id']}")["username"] != name:
            self.fault("a person is another one", name)
        self.manage("person", "PATCH", f"/users/{made['id']}", {"nickname": "n"})
        self.manage("person", "PUT", f"/users/{made['id']}/enabled", {"enabled": False})
        listed = self.manage("people", "GET", "/users?" + urllib.parse.urlencode({"filter": f'username eq "{name}"'}))
        if len(listed["_embedded"]["users"]) != 1:
            self.fault("a person is not listed", name)
        if len(self.gone) * 3 < len(self.people):
            # Before it is asked for: whatever is not answered may have happened.
            del self.people[made["id"]]
            self.manage("person", "DELETE", f"/users/{made['id']}")
            self.gone.append(made["id"])

    def _grants(self):
        tokens = self._sign_on()
        for _ in range(4):
            if not self._active(tokens["access_token"]):
                self.fault("an access token is not active", tokens["access_token"])
            old = tokens["refresh_token"]
            _, tokens = self.refresh(old)
            self.used.append(old)
        self.alive.append(tokens["refresh_token"])
        self._ask("worker", (200,), *worker_request(self.servers[0].deployment.admin))

    def _revocations(self):
        tokens = self._sign_on()
        client = {"client_id": self.world.client, "client_secret": self.world.secret}
        self._form("revoke", "revoke", {"token": tokens["refresh_token"], **client})
        self.revoked.append(tokens["refresh_token"])
        for _ in self.servers:
            self.refresh(tokens["refresh_token"], (400,))
            if self._active(tokens["access_token"]):
                self.fault("a revoked token is active", tokens["access_token"])

    def _configuration(self):
        """One of each kind that can be made, changed, looked at and removed."""
        name = secrets.token_hex(6)
        population = self.manage("population", "POST", "/populations", {"name": name})["id"]
        groups = self._groups(name, population) if self._has("groups") else []
        application = self.manage("application", "POST", "/applications", {**self.world.application, "name": name})["id"]
        wanted = {**self.world.application, "name": name, "enabled": False}
        self.manage("application", "PUT", f"/applications/{application}", wanted)
        if self.manage("application", "GET", f"/applications/{application}")["enabled"]:
            self.fault("an application is not what it was made", application)
        self.manage("secret", "POST", f"/applications/{application}/secret", {})
        for path in [f"/applications/{application}", *groups, f"/populations/{population}"]:
            self.manage("removal", "DELETE", path)

    def _groups(self, name, population):
        inner = self.manage("group", "POST", "/groups", {"name": name})["id"]
        outer = self.manage("group", "POST", "/groups", {"name": f"{name} outer", "population": {"id": population}})["id"]
        # A group outside of the population's may not be in one of it: either answer is right, and both ask the tables.
        self.manage("nesting", "POST", f"/groups/{inner}/memberOfGroups", {"id": outer}, (200, 201, 400))
        self.manage("member", "POST", f"/users/{self.world.user}/memberOfGroups", {"id": inner})
        self.manage("members", "GET", f"/users/{self.world.user}/memberOfGroups?expand=group")
        return [f"/groups/{inner}", f"/groups/{outer}"]

    def _reads(self):
        for path in [*LISTS, *LATER]:
            if self._has(path):
                self.manage(path, "GET", f"/{path.format(user=self.world.user)}?limit=5")
        self.manage("grants", "GET", f"/applications/{self.world.client}/grants")
        self.manage("roles", "GET", f"/applications/{self.world.client}/roleAssignments")
        for path in ["as/jwks", "as/.well-known/openid-configuration"]:
            self._ask(path, (200,), "GET", f"/{self.world.environment}/{path}")

    def verify(self):
        """Whatever was acknowledged is so, at every process."""
        for server in self.servers:
            self.servers = [server]
            for person, name in list(self.people.items())[-40:]:
                if self.manage("person", "GET", f"/users/{person}")["username"] != name:
                    self.fault("a person was lost", name)
            for person in self.gone[-20:]:
                self.manage("person who is gone", "GET", f"/users/{person}", expected=(404,))
            for token in self.revoked[-20:]:
                self.refresh(token, (400,))
            self.alive = [self.refresh(token)[1]["refresh_token"] for token in self.alive[-20:]]
        for token in self.used[-10:]:
            self.refresh(token, (400,))
