"""JSON over HTTP for every provider that has a server: one pool, one way to fail."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings

#: Client errors that a second attempt can mend: timeout, conflict, too early, too many requests.
RETRYABLE_STATUS = frozenset({408, 409, 425, 429})

#: Characters of a server's own words that an error carries.
MESSAGE_LIMIT = 300

_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


class HttpClient:
    """A pool of connections to one server. Raises ModelError for everything that goes wrong on the way.

    Args:
        base_url: what every path is appended to.
        secret: a key that is sent as bearer token and never shown.

    Raises ModelSpecError where the session is offline and the server is not on loopback: nothing is resolved
    or connected before that.
    """

    def __init__(self, base_url: str, settings: ModelSettings, *, secret: str | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelSpecError(
                f"{base_url!r} is not an http(s) address", mend="write base_url=http://host:port"
            )
        self._is_loopback = is_loopback(parts.hostname)
        if settings.is_offline and not self._is_loopback:
            raise ModelSpecError(
                f"the session is offline and {parts.hostname} is not on loopback",
                mend="drop --llm-offline, or name a server on this machine",
            )
        self.base_url = base_url
        self._timeout_s = settings.timeout_s
        self._secret = secret
        self._headers = {"Content-Type": "application/json"}
        if secret:
            self._headers["Authorization"] = f"Bearer {secret}"
        self._session: Any = None

    async def start(self) -> None:
        """Open the pool in the running loop; no connection is made yet."""
        import aiohttp

        has_proxy = any(os.environ.get(n) or os.environ.get(n.upper()) for n in _PROXY_VARIABLES)
        self._session = aiohttp.ClientSession(
            # The runner bounds what is in flight; a second bound here would only hide in the latency.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=self._headers,
            trust_env=has_proxy and not self._is_loopback,
            auto_decompress=True,
        )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST ``body`` as JSON, return the parsed answer. Redirects are not followed: they could leak the
        key.
        """
        return await self._call("POST", path, orjson.dumps(body))

    async def get(self, path: str) -> Any:
        """GET, return the parsed answer."""
        return await self._call("GET", path, None)

    async def _call(self, method: str, path: str, data: bytes | None) -> Any:
        import aiohttp

        if self._session is None:
            await self.start()
        url = self.base_url + path
        try:
            async with self._session.request(method, url, data=data, allow_redirects=False) as answer:
                raw = await answer.read()
        except TimeoutError:
            raise ModelError(
                f"no answer within {self._timeout_s:g} s", is_retryable=True, where=url
            ) from None
        except (aiohttp.InvalidURL, aiohttp.ClientSSLError) as error:
            raise ModelError(self._clean(error), where=url) from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise ModelError(
                f"connection failed: {self._clean(error)}", is_retryable=True, where=url
            ) from None
        if not 200 <= answer.status < 300:
            raise self._status_error(answer.status, raw, answer.headers, url)
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            seen = self._clean(raw[:80].decode("utf-8", "replace"))
            raise ModelError(f"the answer is not JSON: {seen!r}", is_retryable=True, where=url) from None

    def _status_error(self, status: int, raw: bytes, headers: Mapping[str, str], url: str) -> ModelError:
        return ModelError(
            f"HTTP {status}: {self._clean(server_message(raw))}",
            is_retryable=status in RETRYABLE_STATUS or status >= 500,
            retry_after_s=retry_after_s(headers),
            where=url,
        )

    def _clean(self, seen: object) -> str:
        """One line of at most MESSAGE_LIMIT characters, keys blotted out."""
        text = " ".join(str(seen).split()) or type(seen).__name__
        if self._secret:
            text = text.replace(self._secret, "***")
        return _BEARER.sub(r"\1 ***", text)[:MESSAGE_LIMIT]


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, told without asking a resolver."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def server_message(raw: bytes) -> str:
    """What a server says of its own failure: the message of its JSON error, else its text."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw[: 4 * MESSAGE_LIMIT].decode("utf-8", "replace") or "no message"
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until the server wants to be asked again (RFC 9110: seconds or a date), or None."""
    text = headers.get("Retry-After")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if seconds == seconds else None
