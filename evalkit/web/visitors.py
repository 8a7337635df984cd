"""Who may see a page: one token for each visitor, exchanged for a cookie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterable

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Login:
    """One browser of a visitor. ``csrf`` is what its changes must carry in a header."""

    visitor: str
    csrf: str


class Visitors:
    """Tokens and cookies of 256 bits, each made of one secret (HMAC-SHA256, RFC 2104). Safe from any thread.

    Nobody is written down: what comes is made again, and compared. So a server that is started anew with the
    same secret knows the links and the browsers of before; without one all of them are new.
    """

    def __init__(self, names: Iterable[str], secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self.names = tuple(names)
        self._tickets: dict[bytes, str] = {}
        self._changing = threading.Lock()

    def tokens(self) -> dict[str, str]:
        """Name to token, for the links."""
        return {name: self._made("token", name) for name in self.names}

    def ticket(self, name: str) -> str:
        """A token that works once: for a command line, which others on the machine can read."""
        token = secrets.token_urlsafe(32)
        with self._changing:
            self._tickets[_digest(token)] = name
        return token

    def login(self, token: str) -> str | None:
        """The cookie of a new session; None where nobody has that token. Takes the same time for each."""
        found = self._whose(token, "token")
        with self._changing:
            name = found or self._tickets.pop(_digest(token), "")
        if not name:
            return None
        number = secrets.token_urlsafe(12)
        return f"{number}.{self._made('cookie', name, number)}"

    def session(self, cookie: str) -> Login | None:
        """Whose cookie it is."""
        number, _, rest = cookie.partition(".")
        name = self._whose(rest, "cookie", number)
        return Login(name, self._made("csrf", name, number)) if name else None

    def _whose(self, given: str, use: str, *more: str) -> str:
        found = ""
        for name in self.names:
            if hmac.compare_digest(_digest(self._made(use, name, *more)), _digest(given)):
                found = name
        return found

    def _made(self, *parts: str) -> str:
        text = "\0".join(parts).encode("utf-8", "replace")
        made = hmac.digest(self._secret, text, "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
