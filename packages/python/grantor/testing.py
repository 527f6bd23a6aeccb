"""A server for tests: a process of its own, or one that runs already, and the controls of its worlds.

    with Grantor.start() as grantor:
        world = grantor.world()
        token = world.mint(username=world.user.username, scope="openid").token
        world.clock.advance(3600)
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any, Iterator, Literal, Mapping, Optional, Sequence, TypedDict, Union
from urllib.parse import quote, urlsplit

from grantor._calls import Calls, GrantorError
from grantor._server import Seed, Server

__all__ = [
    "Application", "Clock", "ClockState", "Endpoint", "Event", "Grantor", "GrantorError", "Message", "Minted", "RecordedRequest",
    "Settings", "User", "Worker", "World", "Wrong", "hashed",
]

Endpoint = Literal[
    "authorize", "token", "userinfo", "introspect", "revoke", "jwks", "discovery", "par", "management"
]
Wrong = Literal["expired", "notYetValid", "issuer", "audience", "signature", "algNone", "unknownKid", "typ"]
What = Literal["codes", "accessTokens", "refreshTokens", "sessions", "flows"]


def hashed(value: str) -> str:
    """How the recorder shows a secret, a code or a token: `sha256:` and hexadecimal."""
    return "sha256:" + hashlib.sha256(value.encode()).hexdigest()


@dataclass(frozen=True)
class Worker:
    """Administers its world alone, with a token by `client_credentials`."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Application:
    name: str
    id: str
    client_id: str
    client_secret: Optional[str] = field(repr=False)
    redirect_uris: list[str]


@dataclass(frozen=True)
class User:
    id: str
    username: str
    password: Optional[str] = field(repr=False)


@dataclass(frozen=True)
class Minted:
    """A token, and what it says; both are `None` of a refresh token."""

    token: str = field(repr=False)
    claims: dict[str, Any]
    header: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """What happened: `request`, `refusal`, `message`, `clock` or `lost`, and the members that it has besides."""

    kind: str
    world: Optional[str]
    told: dict[str, Any]


@dataclass(frozen=True)
class ClockState:
    now: datetime
    frozen: bool
    rate: float


class _Answer(TypedDict, total=False):
    headers: dict[str, Any]
    body: Any


# `from` is a word of the language: the form of a call says it.
RecordedRequest = TypedDict(
    "RecordedRequest",
    {
        "id": str, "at": str, "correlationId": str, "endpoint": str, "method": str, "path": str, "query": dict[str, Any],
        "headers": dict[str, Any], "form": dict[str, Any], "status": int, "reason": str, "clientId": str, "userId": str,
        "gave": list[str], "from": str, "forced": str, "answer": _Answer,
    },
    total=False,
)
Message = TypedDict(
    "Message",
    {
        "id": str, "at": str, "kind": Literal["email", "sms", "push"], "to": str, "subject": str, "text": str,
        "html": str, "code": str, "links": list[str],
    },
    total=False,
)
Settings = TypedDict("Settings", {"autoSignOn": Optional[str], "loginHintSignsOn": bool}, total=False)


class Grantor:
    """A server. `Grantor.start()` makes one; it is ended by `close()` or at the end of a `with`."""

    def __init__(self, url: str, control_key: Optional[str] = None, authority: Optional[str] = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no address of a server such as http://localhost:8085")
        self.url = f"{parts.scheme}://{parts.netloc}"
        # What the env file of the started process says.
        self.environment: dict[str, str] = {}
        self._calls = Calls(self.url, control_key, authority)
        self._server: Optional[Server] = None

    @classmethod
    def start(
        cls,
        *,
        url: Optional[str] = None,
        binary: Optional[str] = None,
        args: Sequence[str] = (),
        seed: Union[Seed, Sequence[Seed]] = (),
        start_timeout: float = 30,
    ) -> Grantor:
        """Starts one at a free port; with `url`, or `GRANTOR_URL` and nothing else said, goes to one that runs already."""
        own = [name for name, said in (("binary", binary), ("args", args), ("seed", seed)) if said]
        if url and own:
            raise ValueError(f"{' and '.join(own)} would start a process, and url names one that runs already: say one of them")
        if not own:
            url = url or os.environ.get("GRANTOR_URL")
        if url:
            return cls(url, os.environ.get("GRANTOR_CONTROL_KEY"), os.environ.get("GRANTOR_CA"))
        one = isinstance(seed, (str, os.PathLike, Mapping))
        server = Server(binary, args, [seed] if one else list(seed), start_timeout)  # type: ignore[list-item, arg-type]
        told = server.environment
        try:
            started = cls(told["authPath"], told.get("GRANTOR_CONTROL_KEY"), told.get("GRANTOR_CA"))
        except BaseException:
            server.end()
            raise
        started.environment, started._server = told, server
        return started

    def world(
        self,
        *,
        name: Optional[str] = None,
        seed: Optional[Mapping[str, Any]] = None,
        now: Union[datetime, str, None] = None,
        frozen: Optional[bool] = None,
        rate: Optional[float] = None,
    ) -> World:
        """Makes an environment of its own for a test; `now`, `frozen` and `rate` are its clock."""
        clock = _said(now=_written(now), frozen=frozen, rate=rate)
        return World(self._calls, self._calls.call("POST", "/worlds", _said(name=name, seed=seed, clock=clock or None)))

    def worlds(self) -> list[dict[str, str]]:
        """Every environment: `id`, `name`, `issuer`, `apiUrl`, `discovery`."""
        listed: list[dict[str, str]] = self._calls.call("GET", "/worlds")["worlds"]
        return listed

    def open(self, id: str) -> World:
        """The controls of an environment that is there."""
        return World(self._calls, self._calls.call("GET", f"/worlds/{quote(id, safe='')}"))

    def events(self) -> Iterator[Event]:
        """What happens in all worlds, from the first step on; it ends with its `close()`, or with the server."""
        for kind, told in self._calls.events():
            yield Event(kind, told.get("world"), told)

    def close(self) -> None:
        """Ends the process, where it was started here."""
        if self._server is not None:
            self._server.end()

    def __enter__(self) -> Grantor:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


class World:
    """An environment, and its controls."""

    def __init__(self, calls: Calls, told: Mapping[str, Any]) -> None:
        self.id: str = told["id"]
        self.issuer: str = told["issuer"]
        self.api_url: str = told["apiUrl"]
        self.discovery: str = told["discovery"]
        worker = told.get("worker") or {"clientId": "", "clientSecret": ""}
        self.worker = Worker(worker["clientId"], worker["clientSecret"])
        self.applications = [
            Application(one["name"], one["id"], one["clientId"], one.get("clientSecret"), one["redirectUris"])
            for one in told["applications"]
        ]
        self.users = [User(one["id"], one["username"], one.get("password")) for one in told["users"]]
        self.clock = Clock(self)
        self._calls = calls

    def __repr__(self) -> str:
        return f"World({self.issuer!r})"

    @property
    def application(self) -> Application:
        """The first application."""
        return self.applications[0]

    @property
    def user(self) -> User:
        """The first user."""
        return self.users[0]

    def _call(
        self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, object]] = None, wait: float = 0
    ) -> Any:
        return self._calls.call(method, f"/worlds/{self.id}{path}", body, query, wait)

    def mint(
        self,
        kind: Literal["access", "id", "refresh"] = "access",
        *,
        client_id: Optional[str] = None,
        username: Optional[str] = None,
        subject: Optional[str] = None,
        scope: Optional[str] = None,
        audience: Union[str, Sequence[str], None] = None,
        claims: Optional[Mapping[str, Any]] = None,
        remove_claims: Optional[Sequence[str]] = None,
        expires_in: Optional[int] = None,
        algorithm: Optional[str] = None,
        wrong: Optional[Wrong] = None,
    ) -> Minted:
        """A token without a flow; with `wrong` one thing of it is wrong, and nothing else."""
        body = _said(
            kind=kind, clientId=client_id, username=username, subject=subject, scope=scope, audience=audience,
            claims=claims, removeClaims=remove_claims, expiresIn=expires_in, algorithm=algorithm, wrong=wrong,
        )
        made = self._call("POST", "/tokens", body)
        return Minted(made["token"], made.get("claims") or {}, made.get("header") or {})

    def next(
        self,
        endpoint: Endpoint,
        *,
        client_id: Optional[str] = None,
        times: Optional[int] = None,
        refuse: Optional[str] = None,
        claims: Optional[Mapping[str, Any]] = None,
        delay_ms: Optional[int] = None,
        drop: Optional[bool] = None,
        malformed: Optional[bool] = None,
        status: Optional[int] = None,
        retry_after: Optional[int] = None,
    ) -> str:
        """What the next request of an endpoint is answered with, by exactly one of the members from `refuse` on."""
        body = _said(
            endpoint=endpoint, clientId=client_id, times=times, refuse=refuse, claims=claims, delayMs=delay_ms, drop=drop,
            malformed=malformed, status=status, retryAfter=retry_after,
        )
        return str(self._call("POST", "/next", body)["id"])

    def clear_next(self) -> None:
        """Takes back all choices that were not given yet."""
        self._call("DELETE", "/next")

    def requests(
        self,
        *,
        endpoint: Optional[str] = None,
        client_id: Optional[str] = None,
        status: Optional[int] = None,
        after: Optional[str] = None,
        wait_ms: Optional[int] = None,
    ) -> list[RecordedRequest]:
        """What was asked so far, the oldest first."""
        query = {"endpoint": endpoint, "clientId": client_id, "status": status, "after": after, "waitMs": wait_ms}
        told: list[RecordedRequest] = self._call("GET", "/requests", None, query, (wait_ms or 0) / 1000)["requests"]
        return told

    def recorded(
        self,
        *,
        endpoint: Optional[str] = None,
        client_id: Optional[str] = None,
        status: Optional[int] = None,
        after: Optional[str] = None,
        count: int = 1,
        timeout: float = 5,
    ) -> list[RecordedRequest]:
        """Waits until `count` requests are there; `TimeoutError` where they are not within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        found = self.requests(endpoint=endpoint, client_id=client_id, status=status, after=after)
        while len(found) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                asked = _said(endpoint=endpoint, client_id=client_id, status=status, after=after)
                raise TimeoutError(f"{len(found)} of {count} requests came within {timeout} s ({asked})")
            after = found[-1]["id"] if found else after
            wait_ms = min(int(left * 1000) + 1, 30_000)
            found += self.requests(endpoint=endpoint, client_id=client_id, status=status, after=after, wait_ms=wait_ms)
        return found

    def clear_recorded(self) -> None:
        self._call("DELETE", "/requests")

    def rotate_key(self, algorithm: Optional[str] = None) -> str:
        """A new key that signs from now on, the one before stays published; gives its `kid`."""
        return str(self._call("POST", "/keys", _said(algorithm=algorithm))["kid"])

    def expire(self, what: What, *, client_id: Optional[str] = None, username: Optional[str] = None) -> int:
        """Ends what lives before its time; gives how many lived."""
        return int(self._call("POST", "/expire", _said(what=what, clientId=client_id, username=username))["expired"])

    def outbox(
        self, *, to: Optional[str] = None, kind: Optional[str] = None, wait_ms: Optional[int] = None
    ) -> list[Message]:
        query = {"to": to, "kind": kind, "waitMs": wait_ms}
        told: list[Message] = self._call("GET", "/outbox", None, query, (wait_ms or 0) / 1000)["messages"]
        return told

    def clear_outbox(self) -> None:
        self._call("DELETE", "/outbox")

    def settings(self, change: Optional[Settings] = None) -> Settings:
        """Who signs on without a form: told, or changed."""
        told: Settings = self._call("GET" if change is None else "PUT", "/settings", change)
        return told

    def reset(self) -> None:
        """As it was when it was made."""
        self._call("POST", "/reset")

    def snapshot(self) -> str:
        """Gives the id that `restore` takes."""
        return str(self._call("POST", "/snapshots")["id"])

    def restore(self, snapshot: str) -> None:
        self._call("POST", f"/snapshots/{quote(snapshot, safe='')}/restore")

    def delete(self) -> None:
        self._call("DELETE", "")


class Clock:
    """The clock of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _state(self, change: Optional[Mapping[str, Any]] = None) -> ClockState:
        told = self._world._call("GET" if change is None else "PUT", "/clock", change)
        now = datetime.fromisoformat(told["now"].replace("Z", "+00:00"))
        return ClockState(now, told["frozen"], told["rate"])

    def get(self) -> ClockState:
        return self._state()

    def now(self) -> datetime:
        return self._state().now

    def set(self, now: Union[datetime, str]) -> ClockState:
        return self._state({"now": _written(now)})

    def advance(self, seconds: Union[float, timedelta]) -> ClockState:
        """So many seconds further, or back."""
        return self._state({"advance": seconds.total_seconds() if isinstance(seconds, timedelta) else seconds})

    def freeze(self) -> ClockState:
        return self._state({"frozen": True})

    def unfreeze(self) -> ClockState:
        return self._state({"frozen": False})

    def rate(self, rate: float) -> ClockState:
        """Seconds in one of the machine's."""
        return self._state({"rate": rate})


def _said(**members: Any) -> dict[str, Any]:
    """What is not `None`."""
    return {name: value for name, value in members.items() if value is not None}


def _written(moment: Union[datetime, str, None]) -> Optional[str]:
    """As RFC 3339 in UTC; a time without a zone is that of the machine, as everywhere in Python."""
    if isinstance(moment, datetime):
        return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return moment
