"""The seed workflow's setup through the management API: environment, population, user, password, application, secret."""

import base64
import json
import sys
import urllib.parse

REDIRECT_URI = "http://localhost:3000/callback"
PASSWORD = "a long enough Passphrase 7!"


class World:
    """One environment with one user, one WEB_APP that may refresh, and one whose lost refreshes may be asked for again."""

    def __init__(self, server, name="Serving"):
        self.token = worker_token(server)
        organization = self.read(server, "/v1/organizations")["_embedded"]["organizations"][0]["id"]
        licence = self.read(server, f"/v1/organizations/{organization}/licenses")["_embedded"]["licenses"][0]["id"]
        self.environment = self.make(server, "/v1/environments", {
            "name": name, "type": "SANDBOX", "region": "NA", "license": {"id": licence},
            "billOfMaterials": {"products": [{"type": "PING_ONE_BASE"}]},
        })["id"]
        self.base = f"/v1/environments/{self.environment}"
        self.population = self.make(server, f"{self.base}/populations", {"name": "People"})["id"]
        self.user = self.make(server, f"{self.base}/users", {
            "username": "serving", "email": "serving@example.com", "population": {"id": self.population},
        })["id"]
        self.send(server, "PUT", f"{self.base}/users/{self.user}/password", {"value": PASSWORD, "forceChange": False},
                  "application/vnd.pingidentity.password.set+json", 200)
        self.application = {
            "enabled": True, "name": "Serving", "type": "WEB_APP", "protocol": "OPENID_CONNECT",
            "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"],
            "redirectUris": [REDIRECT_URI], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        }
        self.client = self.make(server, f"{self.base}/applications", self.application)["id"]
        self.secret = self.read(server, f"{self.base}/applications/{self.client}/secret")["secret"]
        graceful = {**self.application, "name": "Graceful", "refreshTokenRollingGracePeriodDuration": 60}
        client = self.make(server, f"{self.base}/applications", graceful)["id"]
        self.graceful = (client, self.read(server, f"{self.base}/applications/{client}/secret")["secret"])

    def read(self, server, path):
        return self.send(server, "GET", path, None, None, 200)

    def make(self, server, path, body):
        return self.send(server, "POST", path, body, "application/json", 201)

    def send(self, server, method, path, body, content_type, expected):
        text = json.dumps(body) if body is not None else None
        status, _, answer = server.ask(method, path, text, content_type, {"Authorization": f"Bearer {self.token}"})
        if status != expected:
            sys.exit(f"{method} {path} answered {status}: {json.dumps(answer)}")
        return answer

    @property
    def owner(self):
        """The first application with its secret of the moment."""
        return self.client, self.secret

    def code(self, server):
        """A fresh code, signed on through the flow API."""
        return self._sign_on(server)[1]

    def codes(self, server, count, client=None):
        """Fresh codes of one session, without a question: the nonce of each is its number."""
        session, _ = self._sign_on(server)
        return [self._silent_code(server, session, (client or self.owner)[0], number) for number in range(count)]

    def _silent_code(self, server, session, client, nonce):
        request = {
            "response_type": "code", "client_id": client, "redirect_uri": REDIRECT_URI, "scope": "openid", "prompt": "none",
            "nonce": nonce,
        }
        path = f"/{self.environment}/as/authorize?{urllib.parse.urlencode(request)}"
        status, headers, _ = server.ask("GET", path, headers={"Cookie": session})
        answer = urllib.parse.parse_qs(urllib.parse.urlsplit(headers.get("Location", "")).query)
        if "code" not in answer:
            sys.exit(f"the session brought no code: {status} {answer}")
        return answer["code"][0]

    def _sign_on(self, server):
        """The session's cookie and the first code."""
        request = {
            "response_type": "code", "response_mode": "pi.flow", "client_id": self.client, "redirect_uri": REDIRECT_URI,
            "scope": "openid",
        }
        _, flow = server.form(f"/{self.environment}/as/authorize", request)
        credentials = json.dumps({"username": "serving", "password": PASSWORD})
        status, headers, checked = server.ask("POST", f"/{self.environment}/flows/{flow['id']}", credentials,
                                              "application/vnd.pingidentity.usernamePassword.check+json")
        if status != 200 or checked["status"] != "COMPLETED":
            sys.exit(f"signing on answered {status}: {json.dumps(checked)}")
        cookies = (line.split(";")[0] for line in headers.get_all("Set-Cookie"))
        session = next(cookie for cookie in cookies if cookie.startswith("ST="))
        resume = urllib.parse.urlsplit(checked["resumeUrl"])
        _, _, resumed = server.ask("GET", f"{resume.path}?{resume.query}", headers={"Cookie": session})
        return session, resumed["authorizeResponse"]["code"]

    def redeem(self, server, code, client=None):
        return self._token(server, {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}, client)

    def refresh(self, server, token, client=None):
        return self._token(server, {"grant_type": "refresh_token", "refresh_token": token}, client)

    def _token(self, server, fields, client):
        client_id, secret = client or self.owner
        return server.form(f"/{self.environment}/as/token", {**fields, "client_id": client_id, "client_secret": secret})

    def active(self, server, token, client=None):
        client_id, secret = client or self.owner
        fields = {"token": token, "client_id": client_id, "client_secret": secret}
        status, answer = server.form(f"/{self.environment}/as/introspect", fields)
        if status != 200:
            sys.exit(f"introspection answered {status}: {json.dumps(answer)}")
        return answer["active"]


def worker_token(server):
    status, _, answer = server.ask(*worker_request(server.deployment.admin))
    if status != 200:
        sys.exit(f"the administrator's token request answered {status}: {json.dumps(answer)}")
    return answer["access_token"]


def worker_request(admin):
    """What asks for the administrator's token: method, path, body, media type and headers."""
    credentials = f"{admin['GRANTOR_ADMIN_CLIENT_ID']}:{admin['GRANTOR_ADMIN_CLIENT_SECRET']}".encode()
    path = f"/{admin['GRANTOR_ADMIN_ENVIRONMENT_ID']}/as/token"
    headers = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
    return "POST", path, "grant_type=client_credentials", "application/x-www-form-urlencoded", headers
