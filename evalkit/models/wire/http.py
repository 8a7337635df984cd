"""JSON over HTTP for every provider that speaks it: one connection pool, one reading of failures."""

from __future__ import annotations

import email.utils
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import orjson

from evalkit.core.text import cut, visible
from evalkit.errors import FailureKind, MissingKeyError, ModelError, ModelSpecError, UsageError
from evalkit.models.model import HeaderListener
from evalkit.models.wire.answer_reader import BadAnswerError
from evalkit.models.wire.connections import IDLE_S, Connections
from evalkit.models.wire.error_body import KINDS, is_worth_repeating, read_error, status_of
from evalkit.models.wire.form_data import form_data
from evalkit.models.wire.http_body import ACCEPTED, parsed, read_body, read_lines, unpacked
from evalkit.models.wire.http_failures import cause_of, client_error, is_late_connection, is_unreachable
from evalkit.models.wire.http_request import RequestHead
from evalkit.models.wire.proxy import is_loopback as is_loopback
from evalkit.models.wire.proxy import proxy_for
from evalkit.redaction.redact import redact
from evalkit.redaction.secret_values import SecretValues, is_secret
from evalkit.version import __version__

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

#: ``(method, url, body) -> headers`` of one call, for keys that change: tokens that expire, signatures.
Authorize = Callable[[str, str, bytes], Awaitable[Mapping[str, str]]]

_SHOWN_CHARS = 300
#: Seconds to wait for a connection: where nobody answers it would take the whole of ``timeout_s``.
_CONNECT_S = 15.0
#: Seconds that a file of a batch may take, up or down.
_TRANSFER_S = 3600.0


class HttpReply(NamedTuple):
    """An answer and what came with it; headers are found whatever their case."""

    answer: Any
    headers: Mapping[str, str]


class JsonClient:
    """Posts and gets JSON below one base URL.

    The connection pool, and the library behind it, wait for the first call: a session that the cache answers
    loads neither.

    Args:
        base_url: ``http://host:port/v1``.
        headers: sent with every request; values never reach an error text, and keys among them no answer.
        timeout_s: bound on one call from connecting to the last byte.
        is_offline: refuse hosts that are not loopback.
        authorize: headers for each call beside ``headers``.
        missing_key: why there is no key, where one is needed; it is raised by the first call.

    Attributes:
        listener: hears the headers of each answer, of refusals too.

    What the environment names as proxy (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``) is used, for loopback
    never.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        is_offline: bool,
        authorize: Authorize | None = None,
        missing_key: MissingKeyError | None = None,
    ) -> None:
        self.missing_key = missing_key
        self.listener: HeaderListener | None = None
        self._base = _checked(base_url)
        self._authorize = authorize
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": f"evalkit/{__version__}",
            "Accept-Encoding": ACCEPTED,
            **headers,
        }
        self._secrets: list[str] = []
        self.keep_secret(*(value.removeprefix("Bearer ") for value in headers.values()))
        self._timeout_s = timeout_s
        self._urls: dict[str, URL] = {}
        self._heads: dict[str, RequestHead] = {}
        self._session: aiohttp.ClientSession | None = None
        self._connections: Connections | None = None
        self._is_odd = False
        self._is_closed = False
        if is_offline and not is_loopback(self._base.hostname or ""):
            raise UsageError(
                f"--llm-offline refuses a connection to {self._base.hostname}",
                hint="use a local model or a recorded one (replay:FILE), or drop --llm-offline",
            )
        self._proxy = proxy_for(self._base)

    def keep_secret(self, *values: str) -> None:
        """Show none of these from now on, in errors or answers: keys, and tokens that stand for them."""
        if all(value in self._secrets for value in values) and self._secrets:
            return
        self._secrets += values
        self._sent = SecretValues(self._secrets)
        # A key that is an ordinary word stays in answers: they are data, and it may be one of theirs.
        self._keys = SecretValues(filter(is_secret, self._secrets))

    def _check_usable(self) -> None:
        if self._is_closed:
            raise ModelError("the session is over")
        if self.missing_key is not None:
            raise ModelError(self.missing_key.what, kind="key", hint=self.missing_key.hint)

    def _connected(self) -> Connections:
        """How many connections there are is the runner's business."""
        self._check_usable()
        base = self._url_of("")
        self._connections = Connections(
            base.raw_host or "", base.port or 80, is_encrypted=base.scheme == "https", connect_s=_CONNECT_S
        )
        return self._connections

    def _opened(self) -> aiohttp.ClientSession:
        """The pool of what is not sent and answered in one piece, opened in the running loop."""
        import aiohttp

        self._check_usable()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, keepalive_timeout=IDLE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=_timeout(self._timeout_s),
            auto_decompress=False,
        )
        return self._session

    async def close(self) -> None:
        """Close the pool; safe to call twice, and without a call before."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.close()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer. Raises ModelError, retryable where asking again may help.

        ``path`` is below the base URL; with a leading slash it stands beside the base URL's ``v1``.
        """
        return (await self.exchange(path, body)).answer

    async def get(self, path: str) -> Any:
        """The JSON answer. Raises ModelError, retryable where asking again may help."""
        return (await self._send("GET", path, None)).answer

    async def exchange(self, path: str, body: Mapping[str, Any]) -> HttpReply:
        """Like ``post``, with the headers that came back."""
        data = orjson.dumps(body)
        if self._proxy is not None or self._is_odd:
            return await self._send("POST", path, data)
        try:
            connections = self._connections or self._connected()
            head = self._heads.get(path) or self._remembered_head(path)
            more = await self._authorize("POST", head.url, data) if self._authorize is not None else None
            answer = await connections.ask(head.request(data, more), self._timeout_s)
        except OSError as error:
            # aiohttp forgives more: what is asked again, and all after it, is asked through it.
            self._is_odd = isinstance(error, BadAnswerError)
            raise self._broken(error) from None
        if self.listener is not None:
            self.listener(answer.headers)
        content = answer.body
        if packing := answer.headers.get("Content-Encoding"):
            content = unpacked(content, packing)
        if answer.status != 200:
            raise self._refusal(answer.status, answer.headers, content)
        return HttpReply(self.read_answer(content), answer.headers)

    async def upload(
        self, path: str, fields: Mapping[str, str], name: str, file_name: str, content: bytes
    ) -> Any:
        """Post a form with a file in its field ``name``. The JSON answer. Raises ModelError as ``post``."""
        data, content_type = form_data(fields, name, file_name, content)
        return (await self._send("POST", path, data, {"Content-Type": content_type}, _TRANSFER_S)).answer

    async def json_lines(self, path: str) -> AsyncIterator[Any]:
        """The JSON of each line of a file, keys cut, read as it comes. Raises ModelError as ``get``, also in
        the middle."""
        async with self.streamed(path, None, _TRANSFER_S) as response:
            async for line in read_lines(response):
                try:
                    record = parsed(line)
                except ValueError:
                    raise self._failure(f"{self._base.hostname} sent a line that is not JSON") from None
                yield self._keys.cut_all(record) if self._keys.may_be_in(line) else record

    async def _send(
        self,
        method: str,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> HttpReply:
        try:
            async with await self._request(method, path, data, headers, timeout_s) as response:
                if self.listener is not None:
                    self.listener(response.headers)
                content = await read_body(response)
                if response.status != 200:
                    raise self._refusal(response.status, response.headers, content)
        except (TimeoutError, client_error(), OSError) as error:
            raise self._broken(error) from None
        return HttpReply(self.read_answer(content), response.headers)

    @asynccontextmanager
    async def streamed(
        self, path: str, body: Mapping[str, Any] | None, timeout_s: float | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response whose content is still to be read; a body of None gets, and does not post. Raises
        ModelError like ``post``, also on what breaks while it is read."""
        method, sent = ("GET", None) if body is None else ("POST", orjson.dumps(body))
        plain = {"Accept-Encoding": "identity"}
        try:
            async with await self._request(method, path, sent, plain, timeout_s) as response:
                if self.listener is not None:
                    self.listener(response.headers)
                if response.status != 200:
                    raise self._refusal(response.status, response.headers, await read_body(response))
                yield response
        except (TimeoutError, client_error(), OSError) as error:
            raise self._broken(error) from None

    async def _request(
        self,
        method: str,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        session = self._session or self._opened()
        url = self._urls.get(path) or self._remembered_url(path)
        if self._authorize is not None:
            headers = {**(headers or {}), **await self._authorize(method, str(url), data or b"")}
        # A redirect could lead off loopback, and take the key along.
        proxy = self._proxy.url if self._proxy is not None else None
        more: dict[str, Any] = {} if timeout_s is None else {"timeout": _timeout(timeout_s)}
        return session.request(
            method, url, data=data, headers=headers, allow_redirects=False, proxy=proxy, **more
        )

    def read_answer(self, content: bytes) -> Any:
        """The JSON of a body or of one event of a stream, keys cut. Raises ModelError on what is none, and
        where it is an error that the server tells of."""
        try:
            answer = parsed(content)
        except ValueError:
            raise self._failure(f"{self._base.hostname} answered something that is not JSON") from None
        if isinstance(answer, dict) and answer.get("error"):
            raise self._refusal(status_of(answer["error"]), {}, content, "an error as its answer")
        return self._keys.cut_all(answer) if self._keys.may_be_in(content) else answer

    def cut_keys(self, answer: Any) -> Any:
        """What was joined from pieces, without keys that stood across them."""
        return self._keys.cut_all(answer)

    def _broken(self, error: Exception) -> ModelError:
        if isinstance(error, TimeoutError):
            return self._too_late(error)
        kind: FailureKind = "unreachable" if is_unreachable(error) else "broken"
        return self._failure(f"{self._place}: {cause_of(error)}", kind)

    @property
    def _place(self) -> str:
        """Whom a call goes to, for messages."""
        through = f" through the proxy {self._proxy.place}" if self._proxy else ""
        return f"{self._base.netloc}{through}"

    def _remembered_head(self, path: str) -> RequestHead:
        head = self._heads[path] = RequestHead(self._url_of(path), self._headers)
        return head

    def _remembered_url(self, path: str) -> URL:
        url = self._urls[path] = self._url_of(path)
        return url

    def _url_of(self, path: str) -> URL:
        """Below the base URL; a path with a leading slash stands beside its ``v1``."""
        from yarl import URL

        root = self._base.geturl().rstrip("/")
        below = path if path.startswith("/") else f"/{path}"
        text = (root.removesuffix("/v1") if path is below else root) + below
        # What is escaped already stays so, down to the letter: signatures are over it.
        return URL(text, encoded="%" in below)

    def _failure(self, what: str, kind: FailureKind = "broken") -> ModelError:
        return ModelError(cut(self._clean(what), _SHOWN_CHARS), is_retryable=True, kind=kind)

    def _too_late(self, error: TimeoutError) -> ModelError:
        if is_late_connection(error):
            return self._failure(f"{self._base.netloc}: no connection in time", "unreachable")
        return self._failure(f"no answer from {self._base.hostname} within {self._timeout_s:g} s", "late")

    def _refusal(
        self, status: int, headers: Mapping[str, str], content: bytes, said: str | None = None
    ) -> ModelError:
        told = read_error(content, _SHOWN_CHARS * 4)
        # Cut after cleaning: half a key would no longer be found.
        message = cut(self._clean(told.message), _SHOWN_CHARS)
        is_spent = status == 429 and told.is_spent
        retry_after_s = _retry_after_s(headers)
        is_retryable = is_worth_repeating(status) and not is_spent
        return ModelError(
            f"{said or f'HTTP {status}'} from {self._base.hostname}: {message}",
            is_retryable=is_retryable,
            retry_after_s=told.retry_after_s if retry_after_s is None else retry_after_s,
            kind="key" if is_spent else KINDS.get(status),
            code=told.code,
        )

    def _clean(self, text: str) -> str:
        """Servers repeat keys in their messages; nothing that was sent as a header is shown."""
        return visible(redact(self._sent.cut(text)))


def _timeout(total_s: float) -> aiohttp.ClientTimeout:
    from aiohttp import ClientTimeout

    return ClientTimeout(total=total_s, sock_connect=_CONNECT_S)


def _checked(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        is_http = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_http = False
    if not is_http:
        shown = text.rpartition("@")[2].partition("?")[0]  # what stands around it may be a password
        raise ModelSpecError(
            f"base_url {redact(shown)!r} is not an http(s) address", hint="write http://host:port/v1"
        )
    if url.username or url.password:
        raise ModelSpecError(
            f"base_url for {url.hostname} carries credentials",
            hint="name the key's variable with api_key_env",
        )
    if "?" in text or "#" in text:  # the path of a call would be put behind it, and it may be a key
        raise ModelSpecError(
            f"base_url for {url.hostname} has a query or a fragment",
            hint="write http://host:port/v1; a key is named with api_key_env",
        )
    return url


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms``, which OpenAI and Azure send, or from Retry-After: a number or an HTTP
    date (RFC 9110, 10.2.3)."""
    try:
        return max(0.0, float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        value = headers.get("Retry-After")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        parsed = email.utils.parsedate_tz(value)
        return max(0.0, email.utils.mktime_tz(parsed) - time.time()) if parsed else None
