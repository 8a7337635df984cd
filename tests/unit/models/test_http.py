"""JSON over HTTP: which failures may be fixed by asking again, and what their texts may not say."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
import zlib
from base64 import b64encode
from email.utils import formatdate
from typing import Any

import pytest

from evalkit.errors import ModelError, ModelSpecError, UsageError
from evalkit.models.wire import http_body
from evalkit.models.wire.http import JsonClient
from tests.loopback import Answer, Reply, in_turn, serving

KEY = "sk-a-secret-of-some-length"


def post(answer: Answer, *, timeout_s: float = 300.0) -> Any:
    """What one POST with a key gives: the parsed answer, or the ModelError."""

    async def talk() -> Any:
        async with serving(answer) as server:
            headers = {"Authorization": f"Bearer {KEY}"}
            client = JsonClient(server.base_url, headers, timeout_s=timeout_s, is_offline=True)
            try:
                return await client.post("chat/completions", {"a": 1})
            except ModelError as error:
                return error
            finally:
                await client.close()

    return asyncio.run(talk())


def test_an_answer_arrives_parsed() -> None:
    assert post(lambda call: Reply({"got": call.body})) == {"got": {"a": 1}}


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
def test_busy_and_broken_servers_may_be_asked_again(status: int) -> None:
    assert post(lambda call: Reply({}, status=status)).is_retryable


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 422])
def test_refusals_are_final(status: int) -> None:
    assert not post(lambda call: Reply({}, status=status)).is_retryable


@pytest.mark.parametrize(
    "reply",
    [Reply({"a": "b" * 100}, is_truncated=True), Reply({}, is_dropped=True), Reply(b'{"cut": ')],
    ids=["truncated", "dropped", "invalid"],
)
def test_half_an_answer_may_be_asked_for_again(reply: Reply) -> None:
    error = post(lambda call: reply)
    assert isinstance(error, ModelError)
    assert error.is_retryable


def test_a_call_that_takes_too_long_says_how_long_it_was_waited_for() -> None:
    error = post(lambda call: Reply({}, delay_s=5.0), timeout_s=0.05)
    assert error.is_retryable
    assert "0.05 s" in str(error)


def test_retry_after_in_seconds_is_kept() -> None:
    assert post(lambda call: Reply({}, 429, {"Retry-After": "7"})).retry_after_s == 7.0


def test_retry_after_as_a_date_becomes_seconds() -> None:
    date = formatdate(time.time() + 3600, usegmt=True)
    seen = post(lambda call: Reply({}, 503, {"Retry-After": date})).retry_after_s
    assert 3000 < seen <= 3601


def test_a_date_in_the_past_asks_for_no_wait() -> None:
    date = formatdate(time.time() - 60, usegmt=True)
    assert post(lambda call: Reply({}, 503, {"Retry-After": date})).retry_after_s == 0.0


def test_the_error_carries_the_servers_message_in_300_characters_and_no_key() -> None:
    error = post(lambda call: Reply({"error": {"message": f"bad key {KEY} " + "x" * 1000}}, status=401))
    assert "bad key …" in error.what
    assert KEY not in str(error)
    assert len(error.what) < 350


def test_a_redirect_is_not_followed() -> None:
    seen = []

    def answer(call: Any) -> Reply:
        seen.append(call.path)
        return Reply({}, 307, {"Location": "http://198.51.100.1/v1"})

    assert "307" in post(answer).what
    assert len(seen) == 1


def test_offline_refuses_other_machines_before_it_connects() -> None:
    with pytest.raises(UsageError, match=r"198\.51\.100\.1"):
        JsonClient("http://198.51.100.1/v1", {}, timeout_s=1, is_offline=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_offline_allows_loopback(host: str) -> None:
    JsonClient(f"http://{host}:1/v1", {}, timeout_s=1, is_offline=True)


def test_connections_are_kept() -> None:
    async def talk() -> set[int]:
        async with serving(in_turn(Reply({}))) as server:
            client = JsonClient(server.base_url, {}, timeout_s=300, is_offline=True)
            for _ in range(3):
                await client.post("x", {})
            await client.close()
            return {call.port for call in server.calls}

    assert len(asyncio.run(talk())) == 1


def test_a_connection_that_servers_give_up_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn, cpp-httplib and Node close one after five seconds, perhaps while a request is on its way."""

    async def talk() -> set[int]:
        async with serving(in_turn(Reply({}))) as server:
            client = JsonClient(server.base_url, {}, timeout_s=300, is_offline=True)
            await client.post("x", {})
            loop = asyncio.get_running_loop()
            monkeypatch.setattr(loop, "time", lambda: time.monotonic() + 4.9)
            await client.post("x", {})
            await client.close()
            return {call.port for call in server.calls}

    assert len(asyncio.run(talk())) == 2


def test_what_only_aiohttp_reads_is_asked_through_it_from_then_on() -> None:
    """Headers over two lines are obsolete (RFC 9112, 5.2), and some servers write them."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"{}"):
                writer.write(b"HTTP/1.1 200 OK\r\nX-Note: a\r\n b\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async def talk() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            place = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            client = JsonClient(place, {}, timeout_s=300, is_offline=True)
            with pytest.raises(ModelError, match="the answer has a header that is none") as refused:
                await client.post("x", {})
            assert refused.value.is_retryable
            assert await client.post("x", {}) == {}
            await client.close()

    asyncio.run(talk())


def test_a_key_at_the_cut_of_a_long_message_is_not_shown_in_part() -> None:
    reply = Reply({"error": {"message": "x" * 290 + KEY}}, status=401)
    assert KEY[:8] not in str(post(lambda call: reply))


@pytest.mark.parametrize("tail", ["?api_key=hidden", "?", "#hidden", "/x?a=b#hidden"])
def test_a_base_url_with_a_query_or_a_fragment_is_refused_without_showing_it(tail: str) -> None:
    with pytest.raises(ModelSpecError, match="query or a fragment") as caught:
        JsonClient(f"http://127.0.0.1:1/v1{tail}", {}, timeout_s=1, is_offline=False)
    assert "hidden" not in str(caught.value)


def test_a_server_that_echoes_the_key_gets_it_into_no_answer() -> None:
    told = b64encode(f"Bearer {KEY}".encode()).decode()
    got = post(lambda call: Reply({"a": [call.headers["Authorization"]], KEY: told, "b": "sk-another-key"}))
    assert KEY not in str(got)
    assert told not in str(got)
    assert got["b"] == "sk-another-key", "what is not the key of the call is data"


def through_proxy(
    monkeypatch: pytest.MonkeyPatch, base_url: str | None, **more: str
) -> tuple[Any, list[Any]]:
    """What one GET gives with a proxy in the environment, and the calls that the proxy saw."""

    async def talk() -> tuple[Any, list[Any]]:
        async with serving(lambda call: Reply({"from": "proxy"})) as server:
            place = server.base_url.removeprefix("http://").removesuffix("/v1")
            monkeypatch.setenv("HTTP_PROXY", f"http://me:hidden@{place}")
            for name, value in more.items():
                monkeypatch.setenv(name, value)
            client = JsonClient(base_url or server.base_url, {}, timeout_s=5, is_offline=False)
            try:
                return await client.get("models"), server.calls
            except ModelError as error:
                return error, server.calls
            finally:
                await client.close()

    for name in ("http_proxy", "no_proxy", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    return asyncio.run(talk())


def test_the_proxy_of_the_environment_is_used_with_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    got, calls = through_proxy(monkeypatch, "http://model.invalid/v1")
    assert got == {"from": "proxy"}
    assert calls[0].headers["Host"] == "model.invalid"
    assert calls[0].headers["Proxy-Authorization"].startswith("Basic ")


def test_posts_go_through_the_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def posted(client: JsonClient, path: str) -> Any:
        return await client.post(path, {})

    monkeypatch.setattr(JsonClient, "get", posted)
    got, calls = through_proxy(monkeypatch, "http://model.invalid/v1")
    assert (got, calls[0].headers["Host"]) == ({"from": "proxy"}, "model.invalid")


def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    _, calls = through_proxy(monkeypatch, None)
    assert "Proxy-Authorization" not in calls[0].headers


def test_no_proxy_names_hosts_that_are_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    got, calls = through_proxy(monkeypatch, "http://model.invalid/v1", NO_PROXY="model.invalid")
    assert isinstance(got, ModelError)
    assert not calls


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got, _ = through_proxy(monkeypatch, "http://model.invalid/v1", HTTP_PROXY="http://me:hidden@127.0.0.1:9")
    assert "through the proxy 127.0.0.1:9" in str(got)
    assert "hidden" not in str(got)


@pytest.mark.parametrize("proxy", ["socks5://hidden:1", "http://host:hidden"])
def test_a_proxy_of_another_kind_is_an_error_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(ModelSpecError, match="HTTPS_PROXY") as caught:
        JsonClient("https://model.invalid/v1", {}, timeout_s=1, is_offline=False)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://h:port/v1", "user:hidden@h/v1", "ftp://h"])
def test_an_address_that_is_none_is_one_line_without_what_may_be_a_password(url: str) -> None:
    with pytest.raises(ModelSpecError, match="not an http") as caught:
        JsonClient(url, {}, timeout_s=1, is_offline=False)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "key"), (403, "forbidden"), (404, "missing"), (429, "busy"), (500, "broken"), (400, None)],
)
def test_a_failure_says_what_it_says_of_the_model(status: int, kind: str | None) -> None:
    assert post(lambda call: Reply({}, status=status)).kind == kind


def test_a_quota_that_is_spent_is_not_waited_for() -> None:
    error = post(lambda call: Reply({"error": {"code": "insufficient_quota"}}, status=429))
    assert (error.is_retryable, error.kind) == (False, "key")


def test_nobody_there_is_told_from_a_server_that_breaks_off() -> None:
    async def talk() -> Any:
        async with serving(lambda call: Reply({})) as server:
            pass
        client = JsonClient(server.base_url, {}, timeout_s=300, is_offline=True)
        try:
            await client.post("chat/completions", {})
        except ModelError as error:
            return error.kind
        finally:
            await client.close()

    assert asyncio.run(talk()) == "unreachable"
    assert post(lambda call: Reply({}, is_dropped=True)).kind == "broken"


@pytest.mark.parametrize(
    ("body", "text", "is_retryable"),
    [
        ({"error": {"message": "no capacity"}}, "an error as its answer from 127.0.0.1: no capacity", True),
        ({"error": {"message": "bad", "code": 400}}, "an error as its answer from 127.0.0.1: bad", False),
        ({"error": "gone"}, "an error as its answer from 127.0.0.1: gone", True),
    ],
)
def test_an_answer_that_is_an_error_is_no_answer(body: Any, text: str, is_retryable: bool) -> None:
    error = post(lambda call: Reply(body))
    assert isinstance(error, ModelError)
    assert (error.what, error.is_retryable) == (text, is_retryable)


def packed(data: bytes, form: str) -> Reply:
    body = gzip.compress(data) if form == "gzip" else zlib.compress(data)
    return Reply(body, headers={"Content-Encoding": form})


@pytest.mark.parametrize("form", ["gzip", "deflate"])
def test_a_packed_answer_is_unpacked(form: str) -> None:
    assert post(lambda call: packed(b'{"a": 1}', form)) == {"a": 1}


def test_a_body_that_unpacks_to_more_than_the_bound_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_body, "MAX_BYTES", 1 << 20)
    unpacked: list[int] = []

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._inner = zlib.decompressobj(wbits)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            out = self._inner.decompress(data, max_length)
            unpacked.append(len(out))
            return out

    whole = packed(b"0" * (64 << 20), "gzip")
    monkeypatch.setattr(http_body, "_unpacking", lambda encoding, first: Counting(zlib.MAX_WBITS | 32))
    error = post(lambda call: whole)
    assert error.what == "the answer is longer than 1 MB"
    assert sum(unpacked) <= (1 << 20) + 1


def test_a_body_that_is_announced_longer_than_the_bound_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_body, "MAX_BYTES", 1000)
    assert post(lambda call: Reply({"a": "b" * 2000})).what == "the answer is longer than 0 MB"


def test_a_body_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_body, "MAX_BYTES", 1 << 20)

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"1" * 65536)
                await writer.drain()

    async def talk() -> Any:
        server = await asyncio.start_server(pour, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = JsonClient(f"http://127.0.0.1:{port}/v1", {}, timeout_s=300, is_offline=True)
        try:
            await client.post("chat/completions", {})
        except ModelError as error:
            return error.what
        finally:
            await client.close()
            server.close()

    assert asyncio.run(talk()) == "the answer is longer than 1 MB"


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 800 + b"1" + b"}" * 800, b'{"a": NaN}', b"\xff\xfe"],
    ids=["unclosed", "deep", "nan", "bytes"],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_body_that_is_no_json_of_ours_is_one_error(body: bytes, status: int) -> None:
    assert isinstance(post(lambda call: Reply(body, status=status)), ModelError)


@pytest.mark.parametrize("form", ["br", "gzip, gzip"])
def test_a_packing_that_was_not_asked_for_is_refused(form: str) -> None:
    error = post(lambda call: Reply({}, headers={"Content-Encoding": form}))
    assert "packed in a way" in error.what
