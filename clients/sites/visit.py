"""A person's way through an application and the hosted pages, in a browser without scripts, and applications as processes."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import applications  # noqa: E402
from sign_on import Browser, Form  # noqa: E402

START_LIMIT = 60
LONGEST_WALK = 12


class Person:
    """A browser with its cookies, and where it is."""

    def __init__(self, username=None, password=None):
        self.browser = Browser()
        self.username = username or os.environ["username"]
        self.password = password or os.environ["password"]

    def goes(self, url):
        """Opens an address and follows redirects to the page at their end."""
        return self._follow(self.browser.send("GET", url))

    def submits(self, page, field, **values):
        """Sends the form of the page that has the field, and follows."""
        form = Form.read(page, field)
        expect(field in form.fields, f"no form with {field} at {page.url} ({page.status}):\n{page.text[:2000]}")
        target = urllib.parse.urljoin(page.url, form.action)
        return self._follow(self.browser.send("POST", target, {**form.fields, **values}))

    def signs_on(self, page):
        return self.submits(page, "password", username=self.username, password=self.password)

    def _follow(self, answer):
        for _ in range(LONGEST_WALK):
            if not answer.location:
                return answer
            answer = self.browser.send("GET", answer.location)
        sys.exit(f"more than {LONGEST_WALK} redirects; the last leads to {answer.location}")


@contextlib.contextmanager
def running(command, port, folder, environment=None):
    """A program that listens on the port while the block runs; what it wrote is told when the block fails."""
    log = pathlib.Path(folder) / f"{pathlib.Path(command[0]).name}.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})}
        )
    try:
        _wait_for(process, port, command[0])
        yield process
    except SystemExit as ended:
        # What failed first, then what the program had to say.
        sys.exit(f"{ended.code}\n{log.read_text(errors='replace')[-4000:]}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process, port, name):
    began = time.monotonic()
    while time.monotonic() - began < START_LIMIT:
        if process.poll() is not None:
            sys.exit(f"{name} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"{name} did not listen within {START_LIMIT} s")


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def web_application(name, redirect_uris, signed_out, environment=None, **more):
    """An application with PKCE, refresh tokens and a secret; `(client id, secret)`."""
    return made({
        "name": f"{name} {os.getpid()}",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "responseTypes": ["CODE"],
        "redirectUris": redirect_uris,
        "postLogoutRedirectUris": signed_out,
        "pkceEnforcement": "S256_REQUIRED",
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        **more,
    }, environment)


def made(application, environment=None):
    token = applications.worker_token()
    answer = applications.create(token, application, environment)
    return answer["id"], applications.secret(token, answer["id"], environment)


def user(environment=None):
    """A user as the API makes one, with an address that nobody verified; `(user name, password)`."""
    token = applications.worker_token()
    name = f"person-{os.getpid()}-{time.monotonic_ns()}"
    wanted = {"username": name, "email": f"{name}@example.com"}
    answer = applications.call(token, "POST", "users", wanted, environment)
    password = {"value": "Set by an operator, 1", "forceChange": False}
    media = "application/vnd.pingidentity.password.set+json"
    applications.call(token, "PUT", f"users/{answer['id']}/password", password, environment, media)
    return name, password["value"]


def get(url, token=None, headers=None):
    """Status and text of one request of a program."""
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Bearer {token}"
    return applications.ask("GET", url, None, sent)


def bare(url, token):
    """The status of the answer itself, wherever it would lead."""
    return Browser().send("GET", url, headers={"Authorization": f"Bearer {token}"}).status


def get_json(url, token=None):
    status, text = get(url, token)
    expect(status == 200, f"{status} from {url}: {text[:500]}")
    return json.loads(text)


def spoiled(token):
    """The same token with another signature."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def done(step):
    print(f"ok {step}", flush=True)


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)
