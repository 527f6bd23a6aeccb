"""Makes the two applications of the independent clients through the management API and prints NAME=value lines.

walkAppID, walkAppSecret        WEB_APP with AUTHORIZATION_CODE and REFRESH_TOKEN, CLIENT_SECRET_BASIC, S256_REQUIRED
serviceAppID, serviceAppSecret  WORKER with CLIENT_CREDENTIALS, CLIENT_SECRET_POST

Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret and envID, the names that `grantor dev --env-file` writes.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


def main():
    token = worker_token()
    walk = create(token, {
        "name": f"Independent clients {os.getpid()}",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "responseTypes": ["CODE"],
        "redirectUris": ["http://localhost:3000/callback"],
        "pkceEnforcement": "S256_REQUIRED",
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    })
    service = create(token, {
        "name": f"Independent service {os.getpid()}",
        "type": "WORKER",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
    })
    for name, application in (("walkApp", walk), ("serviceApp", service)):
        print(f"{name}ID={application['id']}")
        print(f"{name}Secret={secret(token, application['id'])}")


def worker_token():
    credentials = f"{os.environ['adminAppID']}:{os.environ['adminAppSecret']}".encode()
    body = send(
        f"{os.environ['authPath']}/{os.environ['adminEnvID']}/as/token",
        urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        {
            "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    return body["access_token"]


def create(token, application, environment=None):
    wanted = {"enabled": True, "protocol": "OPENID_CONNECT", **application}
    return call(token, "POST", "applications", wanted, environment)


def secret(token, application, environment=None):
    return call(token, "GET", f"applications/{application}/secret", None, environment)["secret"]


def call(token, method, path, body=None, environment=None, media="application/json"):
    """One request to the management API below an environment, by default the seeded one; the answer's JSON."""
    url = f"{os.environ['apiPath']}/environments/{environment or os.environ['envID']}/{path}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    return send(url, None if body is None else json.dumps(body).encode(), headers, method)


def send(url, body, headers, method=None):
    status, text = ask(method, url, body, headers)
    if status >= 400:
        sys.exit(f"{status} from {url}: {text}")
    return json.loads(text)


def ask(method, url, body, headers):
    """One request: status and text, whatever they are."""
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(errors="replace")


if __name__ == "__main__":
    main()
