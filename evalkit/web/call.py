"""One call of a page's API, and its answer: what handlers see of the web."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
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


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """Ends a call with an error of the form ``{"error": what, "hint": hint}``.

    Args:
        status: of HTTP, 400 to 599.
        what: what is wrong.
        hint: what to do about it, or None.
    """

    def __init__(self, status: int, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.reply = json_reply({"error": what, "hint": hint}, status)


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
