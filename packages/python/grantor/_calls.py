"""Calls of the controls: JSON in and out, no proxy, a connection each, so that threads may share them."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, Iterator, Mapping, Optional
from urllib.parse import urlencode, urlsplit


class GrantorError(Exception):
    """What the server refused: its sentence, the status, and the path of the member."""

    def __init__(self, status: int, message: str, error: Optional[str] = None, at: Optional[str] = None) -> None:
        super().__init__(f"{message} (at {at})" if at else message)
        self.status = status
        self.error = error
        self.at = at


class Calls:
    """What lies below `/dev/v1` of one server."""

    def __init__(self, url: str, control_key: Optional[str], authority: Optional[str]) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._headers = {"authorization": f"Bearer {control_key}"} if control_key else {}
        secure = self._parts.scheme == "https"
        self._tls = ssl.create_default_context(cafile=authority) if secure else None

    def call(
        self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, object]] = None, wait: float = 0
    ) -> Any:
        words = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"/dev/v1{path}" + (f"?{urlencode(words)}" if words else "")
        sent = None if body is None else json.dumps(body).encode()
        headers = dict(self._headers)
        if sent is not None:
            headers["content-type"] = "application/json"
        connection = self._connection(30 + wait)
        try:
            connection.request(method, target, sent, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except OSError as error:
            raise ConnectionError(f"{self.url} does not answer: {error}") from error
        finally:
            connection.close()
        try:
            read = json.loads(text) if text else None
        except ValueError:
            read = None
        if status >= 400 or (text and read is None):
            if not isinstance(read, dict) or "message" not in read:
                raise GrantorError(status, f"{method} {self.url}{target} answered {status}: is it a grantor dev?")
            raise GrantorError(status, read["message"], read.get("error"), read.get("at"))
        return read

    def events(self) -> Iterator[tuple[str, Any]]:
        """What happens (server-sent events, WHATWG HTML 9.2), as the server writes it: one line of data for an event."""
        # A comment comes every 15 seconds.
        connection = self._connection(60)
        try:
            connection.request("GET", "/dev/v1/events", headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise GrantorError(answer.status, f"GET {self.url}/dev/v1/events answered {answer.status}")
            name = ""
            for line in answer:
                member, _, value = line.decode().rstrip("\r\n").partition(":")
                if member == "event":
                    name = value.strip()
                elif member == "data":
                    yield name, json.loads(value)
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        host = self._parts.hostname or "localhost"
        if self._tls:
            return http.client.HTTPSConnection(host, self._parts.port, timeout=timeout, context=self._tls)
        return http.client.HTTPConnection(host, self._parts.port, timeout=timeout)
