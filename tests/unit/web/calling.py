"""Calls an ASGI application as a server does, without one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from evalkit.web.guard import Application

Headers = Sequence[tuple[str, str]]


class Received(NamedTuple):
    """What came back; of a header that was sent twice, the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def call(
    application: Application,
    method: str,
    address: str,
    headers: Headers = (),
    body: bytes = b"",
    host: str | None = "127.0.0.1:80",
) -> Received:
    """One call. The body comes in pieces of a kilobyte; ``host`` None sends no Host header."""
    path, _, query = address.partition("?")
    named = [*([("host", host)] if host is not None else []), *headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named],
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    pieces = [body[at : at + 1024] for at in range(0, max(len(body), 1), 1024)]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))  # type: ignore[arg-type]
    start, rest = sent[0], sent[1:]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Received(start["status"], found, b"".join(each.get("body", b"") for each in rest))
