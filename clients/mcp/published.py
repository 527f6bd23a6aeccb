"""Runs a program against a `grantor dev` of its own that can fetch a client's metadata document: it is published here over TLS, with
a certificate that is made for the run and that the server is given (SSL_CERT_FILE).

Usage: published.py PROGRAM [ARGUMENT …]
Reads GRANTOR, the binary. Needs openssl. The program is told the server's variables (mcpURL, mcpAppID, username, password …), and
clientDocument, the address of the document.
"""

import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time


def main():
    with tempfile.TemporaryDirectory() as folder:
        certify(pathlib.Path(folder))
        document = publish(pathlib.Path(folder))
        server, variables = serve(pathlib.Path(folder))
        try:
            told = {**os.environ, **variables, "clientDocument": document}
            sys.exit(subprocess.run(sys.argv[1:], env=told, check=False).returncode)
        finally:
            server.terminate()
            server.wait(10)


def publish(folder):
    """The address of the document, which is served until the end."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({
                "client_id": address,
                "client_name": "A client by its document",
                "redirect_uris": ["http://127.0.0.1/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "none",
            }).encode()
            self.send_response(200 if self.path == "/client.json" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.crt", folder / "site.key")
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    address = f"https://localhost:{listener.server_port}/client.json"
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    return address


def serve(folder):
    """The server and its variables, once it answers."""
    file = folder / "dev.env"
    words = [os.environ["GRANTOR"], "dev", "--listen", "127.0.0.1:0", "--env-file", str(file)]
    given = {**os.environ, "SSL_CERT_FILE": str(folder / "authority.crt"), "RUST_LOG": "warn"}
    server = subprocess.Popen(words, env=given, stdout=subprocess.PIPE, text=True)
    # Nobody reads the rest of what it says; it is short.
    said = server.stdout.readline()
    if not re.search(r"127\.0\.0\.1:\d+", said):
        sys.exit(f"the server did not start: {said}{server.stdout.read()}")
    end = time.monotonic() + 20
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.02)
    lines = [line.split("=", 1) for line in file.read_text().splitlines() if re.match(r"\w+=", line)]
    return server, dict(lines)


def certify(folder):
    """An authority, and a certificate of this machine that it signed: what signed itself stands at the end of no chain."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    authority = ("-keyout", folder / "authority.key", "-out", folder / "authority.crt", "-subj", "/CN=Authority")
    openssl("req", "-x509", *key, *authority)
    openssl("req", *key[:-2], "-keyout", folder / "site.key", "-out", folder / "site.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
    signed = ("-CA", folder / "authority.crt", "-CAkey", folder / "authority.key", "-set_serial", "2", "-days", "2")
    openssl("x509", "-req", "-in", folder / "site.csr", *signed, "-extfile", folder / "names", "-out", folder / "site.crt")


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        sys.exit(f"openssl {words[0]}: {done.stderr}")


if __name__ == "__main__":
    main()
