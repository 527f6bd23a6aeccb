"""Ping's own MCP server against a `grantor dev --terraform` of its own: every tool that it has, once as a person who signs on by PKCE and once
by the session of a worker (docs/how-to/ping-mcp-server.md).

Usage: pingone.py
Reads GRANTOR and PINGONE_MCP_SERVER, the two binaries.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

SIGN_ON = pathlib.Path(__file__).parent.parent / "sign_on.py"
CALLBACK = "http://127.0.0.1:7464/callback"
PASSWORD = "Kept by a person, 9"
TOOLS = 15


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, variables = serve(folder)
        try:
            api = Api(variables)
            behind = environment(folder, variables)
            tools(api, "a worker", worker(folder, api, behind))
            tools(api, "a person by PKCE", person(folder, api, behind))
        finally:
            server.terminate()
            server.wait(10)


def serve(folder):
    """The server and its variables, once it answers."""
    file = folder / "dev.env"
    words = [os.environ["GRANTOR"], "dev", "--listen", "127.0.0.1:0", "--env-file", str(file), "--terraform", str(folder)]
    server = subprocess.Popen(words, env={**os.environ, "RUST_LOG": "warn"}, stdout=subprocess.PIPE, text=True)
    said = server.stdout.readline()
    if not re.search(r"127\.0\.0\.1:\d+", said):
        sys.exit(f"the server did not start: {said}{server.stdout.read()}")
    return server, lines(file)


def lines(file):
    found = re.findall(r"^(\w+)=(.*)$", file.read_text(), re.MULTILINE)
    return {name: value.strip("'") for name, value in found}


class Api:
    """The management API as the administrators' worker."""

    def __init__(self, variables):
        self.variables = variables
        self.own = f"/environments/{variables['adminEnvID']}"
        pair = base64.b64encode(f"{variables['adminAppID']}:{variables['adminAppSecret']}".encode()).decode()
        address = f"{variables['authPath']}/{variables['adminEnvID']}/as/token"
        told = send("POST", address, b"grant_type=client_credentials", {"Authorization": f"Basic {pair}"})
        self.token = told["access_token"]

    def __call__(self, method, path, body=None, media="application/json"):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": media}
        return send(method, self.variables["apiPath"] + path, body and json.dumps(body).encode(), headers)


def send(method, address, body, headers):
    with urllib.request.urlopen(urllib.request.Request(address, body, headers, method=method), timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def environment(folder, variables):
    """What Ping's server runs in: behind the proxy, with a home of its own."""
    given = {**os.environ, **lines(folder / "grantor.env"), "HOME": str(folder), "PINGONE_ROOT_DOMAIN": "pingone.com"}
    for name in ["PINGONE_CLIENT_ID", "PINGONE_CLIENT_SECRET", "PINGONE_ENVIRONMENT_ID"]:
        given.pop(name, None)
    return given


def worker(folder, api, behind):
    expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3_000))
    session = {"accessToken": api.token, "refreshToken": "", "expiry": expiry, "sessionId": "worker"}
    (folder / ".pingone_mcp_session.json").write_text(json.dumps(session))
    return behind


def person(folder, api, behind):
    """An administrator, the application of Ping's guide, and a browser without scripts that signs them on."""
    (folder / ".pingone_mcp_session.json").unlink()
    application = api("POST", f"{api.own}/applications", {
        "name": "PingOne MCP Server",
        "description": "Worker application for PingOne MCP Server authentication",
        "enabled": True,
        "type": "WORKER",
        "accessControl": {"role": {"type": "ADMIN_USERS_ONLY"}},
        "protocol": "OPENID_CONNECT",
        "responseTypes": ["CODE"],
        "pkceEnforcement": "S256_REQUIRED",
        "redirectUris": [CALLBACK],
        "grantTypes": ["REFRESH_TOKEN", "AUTHORIZATION_CODE"],
        "tokenEndpointAuthMethod": "NONE",
    })
    population = api("GET", f"{api.own}/populations")["_embedded"]["populations"][0]["id"]
    user = {"username": "admin", "email": "admin@example.com", "population": {"id": population}}
    user = f"{api.own}/users/{api('POST', f'{api.own}/users', user)['id']}"
    api("PUT", f"{user}/password", {"value": PASSWORD}, "application/vnd.pingidentity.password.set+json")
    roles = {role["name"]: role["id"] for role in api("GET", "/roles")["_embedded"]["roles"]}
    scope = {"id": api.variables["orgID"], "type": "ORGANIZATION"}
    for name in ["Organization Admin", "Environment Admin"]:
        api("POST", f"{user}/roleAssignments", {"role": {"id": roles[name]}, "scope": scope})
    opener = folder / "xdg-open"
    opener.write_text(
        "#!/bin/sh\n"
        "unset HTTPS_PROXY SSL_CERT_FILE\n"
        f"address=$(printf %s \"$1\" | sed 's#^https://auth.pingone.com/#{api.variables['authPath']}/#')\n"
        f"username=admin password='{PASSWORD}' '{sys.executable}' '{SIGN_ON}' \"$address\" {CALLBACK} > '{folder}/came' &&\n"
        f"  '{sys.executable}' -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' \"$(cat '{folder}/came')\"\n"
    )
    opener.chmod(0o755)
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "PINGONE_AUTHORIZATION_CODE_SCOPES": "openid"}
    return {**behind, **own, "PINGONE_AUTHORIZATION_CODE_CLIENT_ID": application["id"]}


class Tools:
    """Ping's server at the other end of a pipe (MCP, stdio)."""

    def __init__(self, given):
        words = [os.environ["PINGONE_MCP_SERVER"], "run", "--disable-read-only", "--store-type", "file"]
        pipe = subprocess.PIPE
        self.server = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=given, text=True)
        self.number = 0
        self.called = set()
        client = {"name": "grantor", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self.write({"method": "notifications/initialized"})

    def write(self, message):
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.server.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.write({"id": self.number, "method": method, "params": params})
        for line in self.server.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.number:
                return answer
        sys.exit(f"Ping's server ended at {method}")

    def __call__(self, name, /, **arguments):
        self.called.add(name)
        answer = self.ask("tools/call", {"name": name, "arguments": arguments})
        result = answer.get("result", {})
        if "error" in answer or result.get("isError"):
            sys.exit(f"{name}: {answer.get('error') or result['content']}")
        return result.get("structuredContent") or json.loads(result["content"][0]["text"])

    def end(self):
        self.server.stdin.close()
        self.server.wait(10)


def tools(api, who, given):
    call = Tools(given)
    there = {tool["name"] for tool in call.ask("tools/list", {})["result"]["tools"]}
    licence = {"id": api.variables["licenseID"]}
    base = [{"type": "PING_ONE_BASE"}]
    name = f"Made by {who}"
    made = call("create_environment", name=name, region="NA", type="SANDBOX", license=licence, billOfMaterials={"products": base})
    own = {"environmentId": made["environment"]["id"]}
    expect(own["environmentId"] in text(call("list_environments")), "it is listed")
    expect(name in text(call("list_environments", filter=f'name sw "{name}"')), "a filter finds it")
    expect(name in text(call("get_environment", **own)), "it is read")
    call("update_environment", **own, name=f"{name} again", region="NA", type="SANDBOX", license=licence)
    expect("again" in text(call("get_environment", **own)), "it has another name")
    call("update_environment_services", **own, services=[*base, {"type": "PING_ONE_MFA"}])
    expect("PING_ONE_MFA" in text(call("get_environment_services", **own)), "it has another product")
    people = {**own, "populationId": call("create_population", **own, name="People")["population"]["id"]}
    call("update_population", **people, name="Persons")
    expect("Persons" in text(call("get_population", **people)), "the population has another name")
    expect("Persons" in text(call("list_populations", **own)), "the population is listed")
    expect("Persons" in text(call("list_populations", **own, filter='name sw "Per"')), "a filter finds the population")
    application = {
        "name": "One",
        "type": "WEB_APP",
        "enabled": True,
        "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"],
        "redirectUris": ["https://app.example.com/callback"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    }
    told = call("create_oidc_application", **own, application=application)
    one = {**own, "applicationId": told["application"]["id"]}
    call("update_oidc_application", **one, application={**application, "name": "Another"})
    expect("Another" in text(call("get_application", **one)), "the application has another name")
    expect("Another" in text(call("list_applications", **own)), "the application is listed")
    told = call("get_total_identities_by_environment", **own, startDate=time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime()))
    expect(told["totalIdentitiesReport"][0]["totalIdentities"] == 0, f"nobody is there: {told}")
    call.end()
    expect(there == call.called and len(there) == TOOLS, f"called {sorted(call.called)} of {sorted(there)}")
    print(f"ok Ping's MCP server as {who}: {len(there)} tools")


def text(value):
    return json.dumps(value)


def expect(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")


main()
