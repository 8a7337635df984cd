"""The part of requests that all Samples of a task share, written once."""

from __future__ import annotations

from typing import Any

from evalkit.cache.parts import options_digest, options_text
from evalkit.core.request import Request

#: Tasks whose options are remembered; who makes new ones for every call pays for each.
_MOST = 256


class KnownOptions:
    """Digests of the options that requests had.

    Attributes:
        new: digest to text of those that the file may not hold yet.
    """

    def __init__(self) -> None:
        self.new: dict[bytes, str] = {}
        self._known: dict[tuple[int, ...], tuple[Any, bytes]] = {}

    def digest(self, request: Request) -> bytes:
        """What its options are found by: computed once for the same objects."""
        parts = (request.generate, request.tools, request.tool_choice, request.response_schema)
        key = (*map(id, parts), request.has_roles)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        text = options_text(request)
        digest = options_digest(text)
        self.new.setdefault(digest, text.decode("utf-8", "replace"))
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = parts, digest  # kept with them, so that no other object can get their ids
        return digest
