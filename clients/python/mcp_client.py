"""The SDK of the Model Context Protocol against `/dev/mcp`: by document, by registration and by hand it finds the server, signs on
through the hosted pages, is allowed, lists the tools, calls them and refreshes.

Reads mcpURL, mcpAppID, clientDocument, username, password. Run by ../mcp/published.py.
"""

import asyncio
import os
import pathlib
import subprocess
import sys
import urllib.parse

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

REDIRECT_URI = "http://127.0.0.1:4711/callback"
SIGN_ON = pathlib.Path(__file__).parent.parent / "sign_on.py"


class Kept:
    """What the SDK keeps of a client and its tokens."""

    def __init__(self, client=None):
        self.client, self.tokens = client, None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Person:
    """Follows the authorization request as a browser does."""

    asked, answered = "", ""

    async def goes(self, address):
        self.asked = address
        words = [sys.executable, str(SIGN_ON), address, REDIRECT_URI]
        done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
        expect(done.returncode == 0, done.stderr)
        self.answered = done.stdout.strip()

    async def answers(self):
        said = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.answered).query))
        return AuthorizationCodeResult(code=said["code"], state=said.get("state"), iss=said["iss"])


async def walk(way, mode, revision):
    url = os.environ["mcpURL"]
    metadata = OAuthClientMetadata(
        client_name="A client in Python",
        redirect_uris=[REDIRECT_URI],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    known = None
    if way == "hand":
        known = OAuthClientInformationFull(client_id=os.environ["mcpAppID"], **metadata.model_dump())
    kept, person = Kept(known), Person()
    provider = OAuthClientProvider(
        server_url=url,
        client_metadata=metadata,
        storage=kept,
        redirect_handler=person.goes,
        callback_handler=person.answers,
        client_metadata_url=os.environ["clientDocument"] if way == "document" else None,
    )
    async with httpx2.AsyncClient(auth=provider) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            expect(client.protocol_version == revision, f"the revision is {client.protocol_version}")
            tools = (await client.list_tools()).tools
            expect([tool.name for tool in tools] == ["echo", "whoami"], "the tools")
            echoed = await client.call_tool("echo", {"text": "Grüße"})
            expect(echoed.content[0].text == "Grüße", "what was sent comes back")
            who = (await client.call_tool("whoami", {})).structured_content
            expect(who["client"] == kept.client.client_id and who["scopes"] == ["mcp:tools"], f"{who}")
            by_document = who["client"] == os.environ["clientDocument"]
            expect(by_document == (way == "document"), f"the client is {who['client']}")
            first = kept.tokens
            provider.context.token_expiry_time = 1
            again = (await client.call_tool("whoami", {})).structured_content
            expect(again == who, "a refreshed token is the same person's")
            expect(kept.tokens.access_token != first.access_token, "the access token is another")
            expect(kept.tokens.refresh_token not in (None, first.refresh_token), "the refresh token rotates")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(person.asked).query))
    expect(asked["resource"] == url and asked["code_challenge_method"] == "S256", f"{asked}")
    print(f"ok mcp (Python), {revision}, client by {way}")


def expect(so, what):
    if not so:
        sys.exit(f"FAILED {what}")


async def main():
    for way in ("document", "registration", "hand"):
        await walk(way, "auto", "2026-07-28")
    await walk("hand", "legacy", "2025-11-25")


asyncio.run(main())
