"""A browser without scripts: follows an authorization request through the hosted pages and prints the callback's URL.

Usage: sign_on.py AUTHORIZATION_URL [REDIRECT_URI]

Finds the form by the field names that people's own tests rely on (username, password), sends it as a browser would
(hidden fields included, relative action resolved), allows what a page asks for, and follows redirects until one leads to the
redirect URI.
"""

import html.parser
import http.client
import os
import sys
import urllib.parse

REDIRECT_URI = "http://localhost:3000/callback"
LONGEST_WALK = 12


def main():
    url = sys.argv[1]
    callback = sys.argv[2] if len(sys.argv) > 2 else REDIRECT_URI
    browser = Browser()
    answer = browser.send("GET", url)
    signed_on = False
    for _ in range(LONGEST_WALK):
        if answer.location:
            if answer.location.startswith(callback):
                print(answer.location)
                return
            answer = browser.send("GET", answer.location)
            continue
        form = Form.read(answer)
        if form.fields.get("intent") != "allow":
            if signed_on or "password" not in form.fields:
                sys.exit(f"no way forward from {answer.url} ({answer.status}):\n{answer.text[:2000]}")
            signed_on = True
            form.fields["username"] = os.environ["username"]
            form.fields["password"] = os.environ["password"]
        answer = browser.send("POST", urllib.parse.urljoin(answer.url, form.action), form.fields)
    sys.exit(f"no callback within {LONGEST_WALK} steps; the last page was {answer.url}")


class Answer:
    def __init__(self, url, response):
        self.url = url
        self.status = response.status
        self.headers = response.headers
        location = response.getheader("Location")
        self.location = urllib.parse.urljoin(url, location) if location else None
        self.text = response.read().decode("utf-8", errors="replace")


class Browser:
    """Keeps cookies by name and sends them to the one origin it visits."""

    def __init__(self):
        self.cookies = {}

    def send(self, method, url, fields=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en", **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=30)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return Answer(url, response)


class Form(html.parser.HTMLParser):
    """The page's form with a field of that name, or the one that allows what is asked for: where it goes, and its fields with the
    values they already have."""

    def __init__(self):
        super().__init__()
        self.found = []

    @classmethod
    def read(cls, answer, field="password"):
        parser = cls()
        parser.feed(answer.text)
        wanted = (form for form in parser.found if field in form["fields"] or form["fields"].get("intent") == "allow")
        form = next(wanted, {"action": "", "fields": {}})
        parser.action, parser.fields = form["action"], form["fields"]
        return parser

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.found.append({"action": given.get("action") or "", "fields": {}, "pressed": False})
        named = tag in ("input", "button") and self.found and given.get("name")
        if not named or given["name"] == "cancel" or (given.get("type") == "checkbox" and "checked" not in given):
            return
        form = self.found[-1]
        if tag == "button":
            # One button is pressed, and the others are not sent: the first, which is what Enter presses too.
            if form["pressed"] or given.get("type", "submit") != "submit":
                return
            form["pressed"] = True
        form["fields"][given["name"]] = given.get("value") or ""


if __name__ == "__main__":
    main()
