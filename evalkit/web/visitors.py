"""Who may see a page: one token for each visitor, exchanged once for a cookie."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable
from hmac import compare_digest

from evalkit.core.frozen import frozen

#: Browsers that one visitor may be logged in with; the oldest is forgotten.
_MOST_SESSIONS = 50


@frozen(slots=True)
class Login:
    """One browser of a visitor. ``csrf`` is what its changes must carry in a header."""

    visitor: str
    csrf: str


class Visitors:
    """Tokens of 256 random bits, of which memory keeps only what they hash to. Safe from any thread."""

    def __init__(self, names: Iterable[str]) -> None:
        self._tokens: dict[str, bytes] = {}
        self._tickets: dict[bytes, str] = {}
        self._sessions: dict[bytes, Login] = {}
        self._changing = threading.Lock()
        #: Name of a visitor -> its token, for the links; cleared by ``take_tokens``.
        self._new: dict[str, str] = {}
        for name in names:
            self._new[name] = token = secrets.token_urlsafe(32)
            self._tokens[name] = _digest(token)

    @property
    def names(self) -> tuple[str, ...]:
        """All visitors in order."""
        return tuple(self._tokens)

    def take_tokens(self) -> dict[str, str]:
        """Name to token, once: from then on nobody here knows them."""
        found, self._new = self._new, {}
        return found

    def ticket(self, name: str) -> str:
        """A token that works once: for a command line, which others on the machine can read."""
        token = secrets.token_urlsafe(32)
        with self._changing:
            self._tickets[_digest(token)] = name
        return token

    def login(self, token: str) -> str | None:
        """The cookie of a new session; None where nobody has that token. Takes the same time for each."""
        digest, found = _digest(token), None
        for name, known in self._tokens.items():
            if compare_digest(known, digest):
                found = name
        with self._changing:
            name = found or self._tickets.pop(digest, "")
            return self._begin(name) if name else None

    def session(self, cookie: str) -> Login | None:
        """Whose cookie it is."""
        return self._sessions.get(_digest(cookie))

    def _begin(self, name: str) -> str:
        cookie = secrets.token_urlsafe(32)
        mine = [key for key, session in self._sessions.items() if session.visitor == name]
        for key in mine[: max(len(mine) - _MOST_SESSIONS + 1, 0)]:
            del self._sessions[key]
        self._sessions[_digest(cookie)] = Login(name, secrets.token_urlsafe(32))
        return cookie


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
