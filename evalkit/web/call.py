"""One call of a page's API, and its answer: what handlers see of the web."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from html import escape
from typing import Any, Literal

import orjson

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Call:
    """A call that got past the guards.

    Attributes:
        visitor: name of who calls.
        csrf: the token that this visitor's changes must carry.
        query, path: parameters of the address; of one that is given twice, the last.
        body: of a POST the JSON object that came, else empty.
    """

    visitor: str
    csrf: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@frozen(slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


#: A page of text alone.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{what}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"></head>
<body><main><h1>{what}</h1>{hint}</main></body></html>
"""


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """Ends a call with an error of the form ``{"error": what, "hint": hint}``.

    Args:
        status: of HTTP, 400 to 599.
        what: what is wrong.
        hint: what to do about it, or None.
    """

    def __init__(self, status: int, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self._hint = hint
        self.reply = json_reply({"error": what, "hint": hint}, status)

    @property
    def page(self) -> Reply:
        """The same for who opened the address in a browser."""
        what, hint = escape(str(self)), escape(self._hint or "")
        text = _PAGE.format(what=what, hint=f"<p>{hint}.</p>" if hint else "")
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
        return Reply(self.reply.status, text.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


@frozen(slots=True)
class Endpoint:
    """One address of the API.

    Attributes:
        path: as Starlette writes it: ``/media/{sha256}``.
        handle: runs in a thread of its own; raises Refusal.
    """

    method: Literal["GET", "POST"]
    path: str
    handle: Callable[[Call], Reply]


def json_reply(value: Any, status: int = 200) -> Reply:
    """``value`` as JSON that no cache keeps."""
    return Reply(status, orjson.dumps(value), "application/json", {"Cache-Control": "no-store"})
