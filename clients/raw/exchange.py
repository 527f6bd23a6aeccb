"""The code exchange as bytes on a socket, in the shapes in which clients that cannot run here would send it.

Usage: exchange.py http|csharp|swift

`http` is the plainest request that HTTP/1.1 allows. `csharp` and `swift` send the header lines, their order and the body
encoding of RestSharp and of URLSession; the runtimes themselves are not needed. Reads authPath, envID, sharedWebAppID, postAuthCode,
authMethod (client_secret_post when it is not set), and what the method needs (see ../exchanges.py).
"""

import base64
import json
import os
import socket
import sys
import urllib.parse

SHAPES = {
    "http": [],
    # RestSharp: the Accept list of its built-in serialisers, then its product token.
    "csharp": [
        "Accept: application/json, text/json, text/x-json, text/javascript, application/xml, text/xml",
        "User-Agent: RestSharp/112.1.0.0",
        "Accept-Encoding: gzip, deflate, br",
    ],
    # URLSession: keep-alive by default and a CFNetwork product token.
    "swift": [
        "Accept: */*",
        "Connection: keep-alive",
        "Accept-Language: en-GB,en;q=0.9",
        "Accept-Encoding: gzip, deflate",
        "User-Agent: exchange/1 CFNetwork/1568.100.1 Darwin/24.0.0",
    ],
}


def main():
    shape = sys.argv[1]
    method = os.environ.get("authMethod", "client_secret_post")
    header, form = proof(method)
    status, body = send([*SHAPES[shape], *header], form)
    if status != 200:
        sys.exit(f"{status}: {body}")
    answer = json.loads(body)
    for name, value in (("token_type", "Bearer"), ("expires_in", 3600), ("scope", "openid")):
        if answer.get(name) != value:
            sys.exit(f"{name} is {answer.get(name)!r} where {value!r} was expected")
    for name in ("access_token", "id_token"):
        first = answer[name].split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        if header["alg"] != "RS256":
            sys.exit(f"{name} is signed with {header['alg']}")
    print(f"ok raw {shape} {method}")


def proof(method):
    """Header lines, and members of the form."""
    client, secret = os.environ["sharedWebAppID"], os.environ.get("sharedWebAppSecret", "")
    if method == "client_secret_basic":
        # RFC 6749 §2.3.1: what is joined by the colon is encoded as in a form; neither of ours has anything to encode.
        return [f"Authorization: Basic {base64.b64encode(f'{client}:{secret}'.encode()).decode()}"], {}
    if method == "client_secret_post":
        return [], {"client_id": client, "client_secret": secret}
    if method == "none":
        return [], {"client_id": client, "code_verifier": os.environ["codeVerifier"]}
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return [], {"client_assertion_type": kind, "client_assertion": os.environ["clientAssertion"]}


def send(extra, more):
    parts = urllib.parse.urlsplit(os.environ["authPath"])
    form = urllib.parse.urlencode({
        "grant_type": "authorization_code",
        "code": os.environ["postAuthCode"],
        "redirect_uri": "http://localhost:3000/callback",
        **more,
    })
    head = [
        f"POST /{os.environ['envID']}/as/token HTTP/1.1",
        f"Host: {parts.netloc}",
        *extra,
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
    ]
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=30) as connection:
        connection.sendall(("\r\n".join(head) + "\r\n\r\n" + form).encode())
        return read(connection)


def read(connection):
    """The status and the body by its declared length; the connection may stay open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += more(connection)
    head, body = received.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    lengths = [line.split(":", 1)[1] for line in lines[1:] if line.lower().startswith("content-length:")]
    if not lengths:
        sys.exit(f"no Content-Length in {lines}")
    while len(body) < int(lengths[0]):
        body += more(connection)
    return int(lines[0].split(" ")[1]), body.decode()


def more(connection):
    piece = connection.recv(65536)
    if not piece:
        sys.exit("the server closed the connection before the answer was whole")
    return piece


if __name__ == "__main__":
    main()
