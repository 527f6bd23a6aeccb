"""Signs the seeded user on through the flow API and prints a fresh authorization code.

Usage: code.py [NAME=VALUE ...]   further parameters of the authorization request, e.g. client_id=…

Reads authPath, envID, sharedWebAppID, username and password, the names that `grantor dev --env-file` writes.
"""

import json
import os
import sys
import urllib.parse
import urllib.request

REDIRECT_URI = "http://localhost:3000/callback"


def main():
    base = f"{os.environ['authPath']}/{os.environ['envID']}"
    request = {
        "response_type": "code",
        "response_mode": "pi.flow",
        "client_id": os.environ["sharedWebAppID"],
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
    }
    request.update(pair.split("=", 1) for pair in sys.argv[1:])
    flow, _ = send(f"{base}/as/authorize", urllib.parse.urlencode(request), "application/x-www-form-urlencoded")
    expect(flow, "status", "USERNAME_PASSWORD_REQUIRED")

    credentials = {"username": os.environ["username"], "password": os.environ["password"]}
    checked, cookies = send(
        flow["_links"]["usernamePassword.check"]["href"],
        json.dumps(credentials),
        "application/vnd.pingidentity.usernamePassword.check+json",
    )
    expect(checked, "status", "COMPLETED")

    session = next((value for name, value in cookies if name == "ST"), None)
    if not session:
        sys.exit("the completed flow set no ST cookie")
    resumed, _ = send(checked["resumeUrl"], None, None, {"Cookie": f"ST={session}"})
    print(resumed["authorizeResponse"]["code"])


def send(url, body, content_type, headers=None):
    """One request; its JSON and the cookies it set. A refusal ends the program with the server's own words."""
    request = urllib.request.Request(url, data=body.encode() if body else None, headers=headers or {})
    if content_type:
        request.add_header("Content-Type", content_type)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            cookies = [line.split(";")[0].split("=", 1) for line in response.headers.get_all("Set-Cookie") or []]
            return json.load(response), cookies
    except urllib.error.HTTPError as refusal:
        sys.exit(f"{refusal.code} from {url}: {refusal.read().decode(errors='replace')}")


def expect(body, name, value):
    if body.get(name) != value:
        sys.exit(f"{name} is {body.get(name)!r} where {value!r} was expected: {json.dumps(body)}")


if __name__ == "__main__":
    main()
