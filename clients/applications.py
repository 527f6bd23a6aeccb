"""Makes the two applications of the independent clients through the management API and prints NAME=value lines.

walkAppID, walkAppSecret        WEB_APP with AUTHORIZATION_CODE and REFRESH_TOKEN, CLIENT_SECRET_BASIC, S256_REQUIRED
serviceAppID, serviceAppSecret  WORKER with CLIENT_CREDENTIALS, CLIENT_SECRET_POST

Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret and envID, the names that `grantor dev --env-file` writes.
"""

import base64
import json
import os
import sys
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


def create(token, application):
    wanted = {"enabled": True, "protocol": "OPENID_CONNECT", **application}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return send(f"{environment()}/applications", json.dumps(wanted).encode(), headers)


def secret(token, application):
    return send(f"{environment()}/applications/{application}/secret", None, {"Authorization": f"Bearer {token}"})["secret"]


def environment():
    return f"{os.environ['apiPath']}/environments/{os.environ['envID']}"


def send(url, body, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers), timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as refusal:
        sys.exit(f"{refusal.code} from {url}: {refusal.read().decode(errors='replace')}")


if __name__ == "__main__":
    main()
