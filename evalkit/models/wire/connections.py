"""Requests that are sent at once and answers that are kept whole, over connections that stay open.

With 64 calls in flight aiohttp takes some 0.1 ms for each, more than all else that is done for an answer;
this takes a third of it. What it does beyond that (proxies, streams, files) stays with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from evalkit.errors import ModelError
from evalkit.models.wire import http_body
from evalkit.models.wire.answer_reader import Answer, AnswerReader, BadAnswerError

if TYPE_CHECKING:
    import ssl

#: Seconds that a connection is kept with nothing to do. Below the 5 s of uvicorn, cpp-httplib and Node: a
#: request on one that the server is about to close is lost.
IDLE_S = 4.0
#: Seconds between attempts at several addresses of one host (RFC 8305).
_NEXT_ADDRESS_S = 0.25
_DROPPED = "the connection was dropped"


class UnreachableError(OSError):
    """Nobody could be connected to."""


class LateConnectionError(TimeoutError):
    """No connection in time."""


class DroppedError(OSError):
    """The connection ended before the answer did."""


class Connections:
    """Those to one server, opened as they are needed; how many there are is the caller's business.

    Args:
        connect_s: seconds that a connection may take.
    """

    def __init__(self, host: str, port: int, *, is_encrypted: bool, connect_s: float) -> None:
        self._host = host
        self._port = port
        self._connect_s = connect_s
        self._tls = _tls_context() if is_encrypted else None
        self._open: set[_Connection] = set()
        self._idle: deque[_Connection] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def ask(self, request: bytes, timeout_s: float) -> Answer:
        """Send a request, headers and body, and wait for the answer to it.

        Raises TimeoutError (LateConnectionError where there is no connection yet), UnreachableError,
        DroppedError, BadAnswerError, and ModelError where the answer is too long.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        connection = self._kept(loop.time()) or await self._opened(timeout_s)
        waiting = connection.ask(request)
        timer = loop.call_at(until, connection.fail, TimeoutError())
        try:
            answer = await waiting
        except BaseException:
            connection.abort()
            raise
        finally:
            timer.cancel()
        self._keep(connection, answer, loop)
        return answer

    async def close(self) -> None:
        """Give up all connections, whatever is under way on them; what is not sent yet never is."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        self._idle.clear()
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)  # until the loop has let go of them

    def _kept(self, now: float) -> _Connection | None:
        """The one that was used last: those that are too many grow old."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now - connection.idle_since <= IDLE_S:
                return connection
            connection.abort()
        return None

    def _keep(self, connection: _Connection, answer: Answer, loop: asyncio.AbstractEventLoop) -> None:
        if answer.is_last or self._is_closed or not connection.is_open:
            connection.abort()
            return
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(IDLE_S, self._give_up_idle, loop)

    def _give_up_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._idle and now - self._idle[0].idle_since >= IDLE_S:
            self._idle.popleft().abort()
        wait_s = self._idle[0].idle_since + IDLE_S - now if self._idle else 0.0
        self._sweep = loop.call_later(wait_s, self._give_up_idle, loop) if self._idle else None

    async def _opened(self, timeout_s: float) -> _Connection:
        loop = asyncio.get_running_loop()
        # Loops of other packages need not know it.
        more: dict[str, Any] = (
            {"happy_eyeballs_delay": _NEXT_ADDRESS_S} if isinstance(loop, asyncio.BaseEventLoop) else {}
        )
        try:
            async with asyncio.timeout(min(timeout_s, self._connect_s)):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._open),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host.rstrip(".") if self._tls else None,
                    **more,
                )
        except TimeoutError:
            raise TimeoutError if timeout_s <= self._connect_s else LateConnectionError from None
        except OSError as error:
            raise UnreachableError(error.strerror or str(error)) from None
        if self._is_closed:
            connection.abort()
            raise DroppedError(_DROPPED)
        return connection


class _Connection(asyncio.Protocol):
    """One connection, and the one request that is under way on it."""

    def __init__(self, known: set[_Connection]) -> None:
        self.idle_since = 0.0
        self.is_open = False
        self._known = known
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._reader = AnswerReader(0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # of other loops it need not be one
        self.is_open = True
        self._known.add(self)
        own = transport.get_extra_info("socket")
        if own is not None:  # calls may wait for minutes, with nothing said meanwhile
            with contextlib.suppress(OSError):
                own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """The answer to come."""
        assert self._transport is not None
        self._reader = AnswerReader(http_body.MAX_BYTES)
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return waiting

    def fail(self, error: BaseException) -> None:
        """End the wait."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)

    def abort(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        waiting = self._waiting
        if waiting is None or waiting.done():
            self.abort()  # nothing was asked
            return
        try:
            answer = self._reader.feed(data)
        except (BadAnswerError, ModelError) as error:
            self.fail(error)
            self.abort()
            return
        if answer is not None:
            self._waiting = None
            waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self._known.discard(self)
        waiting, answer = self._waiting, self._reader.end() if error is None else None
        if answer is not None and waiting is not None and not waiting.done():
            self._waiting = None
            waiting.set_result(answer)
        self.fail(DroppedError(_DROPPED))


def _tls_context() -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
