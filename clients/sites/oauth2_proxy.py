"""oauth2-proxy before an application: sign-on with PKCE, what the application is told, refresh, bearer tokens, sign-out.

Usage: oauth2_proxy.py OAUTH2_PROXY
Reads what ../applications.py reads, and username, password.
"""

import base64
import http.server
import json
import os
import secrets
import sys
import tempfile
import threading
import time
import urllib.parse

import visit
from visit import done, expect

REFRESH_LIMIT = 10


def main():
    [port, behind] = visit.free_ports(2)
    origin = f"http://localhost:{port}"
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    client, secret = visit.web_application("oauth2-proxy", [f"{origin}/oauth2/callback"], [f"{origin}/signed-out"])
    command = [
        sys.argv[1],
        "--provider=oidc",
        f"--oidc-issuer-url={issuer}",
        f"--oidc-extra-audience={os.environ['authPath']}",
        f"--client-id={client}",
        f"--client-secret={secret}",
        "--scope=openid profile email",
        "--code-challenge-method=S256",
        "--insecure-oidc-skip-nonce=false",
        f"--redirect-url={origin}/oauth2/callback",
        f"--http-address=127.0.0.1:{port}",
        f"--upstream=http://127.0.0.1:{behind}/",
        f"--cookie-secret={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        "--cookie-secure=false",
        "--cookie-refresh=1s",
        "--email-domain=*",
        "--pass-access-token=true",
        "--pass-authorization-header=true",
        "--skip-jwt-bearer-tokens=true",
        "--skip-provider-button=true",
        f"--whitelist-domain={urllib.parse.urlsplit(issuer).netloc}",
    ]
    application(behind)
    with tempfile.TemporaryDirectory() as folder, visit.running(command, port, folder):
        walk(origin, issuer, client)


def application(port):
    """Tells which fields it was sent."""

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def walk(origin, issuer, client):
    person = visit.Person()
    page = person.signs_on(person.goes(f"{origin}/"))
    expect(page.url == f"{origin}/" and page.status == 200, f"sign-on ends at {page.url} ({page.status}): {page.text[:1500]}")
    told = json.loads(page.text)
    expect(told.get("x-forwarded-user") == os.environ["userID"], f"the application is told {told}")
    expect(told.get("x-forwarded-preferred-username") == person.username, f"the application is told {told}")
    expect("@" in told.get("x-forwarded-email", ""), f"the application is told {told}")
    done("oauth2-proxy signs on and tells the application who it is")

    refreshed = refreshes(person, origin, told["x-forwarded-access-token"])
    done("oauth2-proxy refreshes")

    id_token = refreshed["authorization"].removeprefix("Bearer ")
    access_token = refreshed["x-forwarded-access-token"]
    for what, token, taken in (
        ("its ID token", id_token, True),
        ("an access token", access_token, True),
        ("a spoiled ID token", visit.spoiled(id_token), False),
        ("a spoiled access token", visit.spoiled(access_token), False),
    ):
        status = visit.bare(f"{origin}/", token)
        expect((status == 200) is taken, f"oauth2-proxy answers {status} to {what}")
    done("oauth2-proxy takes bearer tokens, and no spoiled ones")

    # Nobody verified this address; C5: the ID token says so, and the proxy's own rule decides.
    other = visit.Person(*visit.user())
    page = other.signs_on(other.goes(f"{origin}/"))
    expect(page.status in (403, 500), f"an address that nobody verified: {page.status} at {page.url}")
    done("oauth2-proxy refuses an address that nobody verified")

    back = {"client_id": client, "post_logout_redirect_uri": f"{origin}/signed-out"}
    onward = urllib.parse.quote(f"{issuer}/signoff?{urllib.parse.urlencode(back)}", safe="")
    page = person.goes(f"{origin}/oauth2/sign_out?rd={onward}")
    page = person.submits(page, "csrf", intent="log-out")
    expect('name="password"' in page.text, f"after the sign-out the person is at {page.url}")
    done("oauth2-proxy signs out, and the server does")


def refreshes(person, origin, before):
    """The proxy refreshes what is older than a second."""
    deadline = time.monotonic() + REFRESH_LIMIT
    while time.monotonic() < deadline:
        told = json.loads(person.goes(f"{origin}/").text)
        if told["x-forwarded-access-token"] != before:
            return told
        time.sleep(0.1)
    sys.exit(f"the access token is the same after {REFRESH_LIMIT} s")


if __name__ == "__main__":
    main()
