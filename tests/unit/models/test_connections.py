"""Connections to one server: kept, given up, encrypted, and never used again where something went wrong."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from evalkit.models.wire import connections as module
from evalkit.models.wire.answer_reader import BadAnswerError
from evalkit.models.wire.connections import (
    Connections,
    DroppedError,
    LateConnectionError,
    UnreachableError,
)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that gives each connection to ``serve``."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(*said: bytes) -> tuple[Serve, list[int]]:
    """What a connection is answered, one for each request and then its end, and how often each was asked."""
    asked: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own, n_asked = len(asked), 0
        asked.append(0)
        while n_asked < len(said):
            await reader.readexactly(len(REQUEST))
            asked[own] += 1
            writer.write(said[n_asked])
            n_asked += 1
            await writer.drain()

    return serve, asked


def connected(port: int, host: str = "127.0.0.1", *, is_encrypted: bool = False) -> Connections:
    return Connections(host, port, is_encrypted=is_encrypted, connect_s=15.0)


async def settled() -> None:
    """What the server says or does next has come: both ends are in this loop."""
    for _ in range(50):
        await asyncio.sleep(0)


def ask_often(serve: Serve, n_calls: int) -> list[bytes | str]:
    """The bodies of so many calls, one after the other, or how they failed."""

    async def talk() -> list[bytes | str]:
        async with serving(serve) as port:
            to = connected(port)
            found: list[bytes | str] = []
            for _ in range(n_calls):
                try:
                    found.append((await to.ask(REQUEST, 60)).body)
                except OSError as error:
                    found.append(type(error).__name__)
                await settled()
            await to.close()
            return found

    return asyncio.run(talk())


def test_a_connection_takes_one_request_after_the_other() -> None:
    serve, asked = saying(OK, OK, OK)
    assert ask_often(serve, 3) == [b"ok"] * 3
    assert asked == [3]


@pytest.mark.parametrize(
    "said",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"1.1", b"1.0"),
        OK + b"more",
    ],
)
def test_a_connection_that_may_not_be_used_again_is_not(said: bytes) -> None:
    serve, asked = saying(said, OK)
    assert ask_often(serve, 2) == [b"ok"] * 2
    assert asked == [1, 1]


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    serve, asked = saying(OK)
    assert ask_often(serve, 2) == [b"ok"] * 2
    assert asked == [1, 1]


def test_a_server_that_speaks_unasked_is_not_believed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        writer.write(OK)
        await writer.drain()
        for _ in range(5):
            await asyncio.sleep(0)
        writer.write(OK.replace(b"ok", b"no"))
        await reader.readexactly(len(REQUEST))

    assert ask_often(serve, 2) == [b"ok"] * 2


@pytest.mark.parametrize("said", [b"", OK[:-1], OK[:10]])
def test_an_answer_that_breaks_off_is_a_dropped_connection(said: bytes) -> None:
    assert ask_often(saying(said)[0], 1) == [DroppedError.__name__]


def test_what_is_no_http_ends_the_connection() -> None:
    serve, asked = saying(b"hello\r\n\r\n", OK)
    assert ask_often(serve, 2) == [BadAnswerError.__name__] * 2
    assert asked == [1, 1]


def test_a_call_that_was_given_up_leaves_no_answer_for_the_next() -> None:
    n_asked = 0

    async def talk() -> bytes:
        may_answer = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal n_asked
            await reader.readexactly(len(REQUEST))
            n_asked += 1
            body = b"%2d" % n_asked
            await may_answer.wait()
            writer.write(OK.replace(b"ok", body))

        async with serving(serve) as port:
            to = connected(port)
            with pytest.raises(TimeoutError):
                await to.ask(REQUEST, 0.01)
            given_up = asyncio.create_task(to.ask(REQUEST, 60))
            await settled()
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            may_answer.set()
            try:
                return (await to.ask(REQUEST, 60)).body
            finally:
                await to.close()

    assert int(asyncio.run(talk())) == n_asked


def test_calls_at_a_time_have_connections_of_their_own() -> None:
    async def talk() -> int:
        serve, asked = saying(OK, OK)
        async with serving(serve) as port:
            to = connected(port)
            await asyncio.gather(*(to.ask(REQUEST, 60) for _ in range(8)))
            await to.close()
            return len(asked)

    assert asyncio.run(talk()) == 8


def test_what_nobody_uses_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_S", 0.01)

    async def talk() -> bytes:
        ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(len(REQUEST))
            writer.write(OK)
            ended.set_result(await reader.read())

        async with serving(serve) as port:
            to = connected(port)
            await to.ask(REQUEST, 60)
            return await asyncio.wait_for(ended, 60)

    assert asyncio.run(talk()) == b""


@pytest.mark.parametrize("n_turns", range(8))
def test_closing_ends_what_is_under_way(n_turns: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def talk() -> None:
        async with serving(serve) as port:
            to = connected(port)
            call = asyncio.create_task(to.ask(REQUEST, 60))
            for _ in range(n_turns):
                await asyncio.sleep(0)
            await to.close()
            with pytest.raises(DroppedError):
                await call

    asyncio.run(talk())


def test_nobody_there_and_no_connection_in_time_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*given: object, **more: object) -> None:
        await asyncio.Event().wait()

    async def talk() -> None:
        async with serving(saying(OK)[0]) as port:
            pass
        with pytest.raises(UnreachableError):
            await connected(port).ask(REQUEST, 60)
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
        with pytest.raises(LateConnectionError):
            await Connections("127.0.0.1", port, is_encrypted=False, connect_s=0.01).ask(REQUEST, 60)
        with pytest.raises(TimeoutError) as caught:
            await connected(port).ask(REQUEST, 0.01)
        assert not isinstance(caught.value, LateConnectionError)

    asyncio.run(talk())


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """What a server for 127.0.0.1 encrypts with, and the file of whoever trusts it."""
    pytest.importorskip("cryptography", reason="makes the certificate")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, secret = folder / "certificate.pem", folder / "key.pem"
    own.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own, secret)
    return tls, own


def ask_encrypted(tls: ssl.SSLContext) -> tuple[list[bytes], list[int]]:
    """The bodies of two calls, and how often each connection was asked."""
    serve, asked = saying(OK, OK)

    async def talk() -> list[bytes]:
        async with serving(serve, tls) as port:
            to = connected(port, is_encrypted=True)
            try:
                return [(await to.ask(REQUEST, 60)).body for _ in range(2)]
            finally:
                await to.close()

    return asyncio.run(talk()), asked


def test_an_encrypted_connection_is_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, trusted = certified(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert ask_encrypted(tls) == ([b"ok", b"ok"], [2])


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    tls, _ = certified(tmp_path, "127.0.0.1")
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        ask_encrypted(tls)


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, trusted = certified(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        ask_encrypted(tls)
