"""Apache with mod_auth_openidc, one host for each response mode: sign-on with PKCE, claims, refresh, a refused response, logout.

Usage: mod_auth_openidc.py APACHE MODULES    the program and the folder of its modules
Reads what ../applications.py reads, and username, password.
"""

import json
import os
import pathlib
import secrets
import sys
import tempfile
import urllib.parse

import visit
from visit import done, expect

MODULES = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "unixd", "dir", "headers", "env", "alias", "auth_openidc",
)


def main():
    ports = visit.free_ports(2)
    hosts = dict(zip(("query", "form_post"), ports))
    with tempfile.TemporaryDirectory() as folder:
        # The server gives up root, and its pages must still be readable.
        os.chmod(folder, 0o755)
        site = pathlib.Path(folder, "site")
        site.mkdir()
        for page in ("protected/index.html", "signed-out/index.html"):
            (site / page).parent.mkdir()
            (site / page).write_text(page)
        settings = pathlib.Path(folder, "apache.conf")
        settings.write_text(configuration(folder, hosts, sys.argv[2]))
        with visit.running([sys.argv[1], "-d", folder, "-f", str(settings), "-DFOREGROUND"], ports[0], folder):
            for mode, port in hosts.items():
                walk(mode, f"http://localhost:{port}")


def configuration(folder, hosts, modules):
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    origins = [f"http://localhost:{port}" for port in hosts.values()]
    client, secret = visit.web_application(
        "mod_auth_openidc",
        [f"{origin}/protected/callback" for origin in origins],
        [f"{origin}/signed-out/" for origin in origins],
    )
    found = [name for name in MODULES if pathlib.Path(modules, f"mod_{name}.so").is_file()]
    lines = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in found]
    lines += [
        "ServerName localhost",
        f"PidFile {folder}/apache.pid",
        f"DefaultRuntimeDir {folder}",
        "ErrorLog /dev/stderr",
        "LogLevel warn",
        "User www-data",
        "Group www-data",
        f"OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration",
        f"OIDCClientID {client}",
        f"OIDCClientSecret {secret}",
        "OIDCScope \"openid profile email\"",
        "OIDCPKCEMethod S256",
        f"OIDCCryptoPassphrase {secrets.token_hex(16)}",
        "OIDCRemoteUserClaim preferred_username",
        "OIDCInfoHook access_token id_token refresh_token userinfo",
    ]
    for mode, port in hosts.items():
        lines.append(HOST.format(port=port, mode=mode, folder=folder))
    return "\n".join(lines) + "\n"


HOST = """
Listen 127.0.0.1:{port}
<VirtualHost *:{port}>
  ServerName localhost:{port}
  UseCanonicalName On
  DocumentRoot {folder}/site
  DirectoryIndex index.html
  OIDCRedirectURI http://localhost:{port}/protected/callback
  OIDCResponseMode {mode}
  <Location /protected>
    AuthType openid-connect
    Require valid-user
    Header set X-Person "expr=%{{REMOTE_USER}}"
    Header set X-Address "%{{OIDC_CLAIM_email}}e"
  </Location>
  <Location /signed-out>
    Require all granted
  </Location>
</VirtualHost>
"""


def walk(mode, origin):
    person = visit.Person(*visit.user())
    page = arrives(person, mode, person.signs_on(person.goes(f"{origin}/protected/")))
    expect(page.url == f"{origin}/protected/" and page.status == 200, f"{mode}: sign-on ends at {page.url} ({page.status}): {page.text[:1500]}")
    expect(person.username in page.headers["X-Person"], f"{mode}: the person is {page.headers['X-Person']}")
    expect("@example.com" in page.headers["X-Address"], f"{mode}: the address is {page.headers['X-Address']}")
    done(f"mod_auth_openidc signs on by {mode}")

    before = known(person, origin)
    expect(before["refresh_token"] and before["userinfo"]["preferred_username"] == person.username, f"{mode}: {before}")
    asked = {"refresh": f"{origin}/protected/", "access_token": before["access_token"]}
    page = person.goes(f"{origin}/protected/callback?{urllib.parse.urlencode(asked)}")
    expect(page.url.split("?")[0] == f"{origin}/protected/" and "error" not in page.url, f"{mode}: refreshing ends at {page.url}")
    expect(known(person, origin)["access_token"] != before["access_token"], f"{mode}: refreshing gave the same access token")
    done(f"mod_auth_openidc refreshes ({mode})")

    away = visit.Person()
    page = arrives(away, mode, away.submits(away.goes(f"{origin}/protected/"), "password", intent="cancel"))
    # Which error it shows is its own affair: this version takes a refusal with RFC 9207's `iss` for a sign-on begun elsewhere.
    expect(page.url.startswith(f"{origin}/protected/callback") and "Error" in page.text, f"{mode}: turning away ends at {page.url}")
    expect('name="password"' in away.goes(f"{origin}/protected/").text, f"{mode}: who turned away is let in")
    done(f"mod_auth_openidc is told that the person turned away ({mode})")

    logout = urllib.parse.urlencode({"logout": f"{origin}/signed-out/"})
    page = person.goes(f"{origin}/protected/callback?{logout}")
    expect(page.url.split("?")[0] == f"{origin}/signed-out/" and page.status == 200, f"{mode}: logout ends at {page.url} ({page.status})\n{page.text[:1500]}")
    page = person.goes(f"{origin}/protected/")
    expect('name="password"' in page.text, f"{mode}: after the logout the person is at {page.url}")
    done(f"mod_auth_openidc signs off ({mode})")


def arrives(person, mode, page):
    """`form_post` is a page whose form a script would send; without scripts the person presses its button."""
    return person.submits(page, "state") if mode == "form_post" else page


def known(person, origin):
    return json.loads(person.goes(f"{origin}/protected/callback?info=json").text)


if __name__ == "__main__":
    main()
