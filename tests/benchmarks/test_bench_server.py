"""The bench server answers rightly; its speed is nobody's assertion."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.overhead import chat_server
from tests.benchmarks.server import MAX_REQUEST_BYTES


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with chat_server() as base_url:
        url = urlsplit(base_url)
        assert url.hostname is not None
        assert url.port is not None
        yield url.hostname, url.port


def request(body: bytes) -> bytes:
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def read(connection: socket.socket, n_replies: int) -> bytes:
    seen = b""
    while seen.count(b'"usage') < n_replies and (chunk := connection.recv(65536)):
        seen += chunk
    return seen


def test_the_reply_echoes_the_word_that_was_asked_for(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request(b'{"messages": [{"content": "echo word-7"}]}'))
        assert b'"content":"word-7"' in read(connection, 1)


def test_requests_that_arrive_together_or_in_pieces_are_answered_in_order(address: tuple[str, int]) -> None:
    stream = b"".join(request(b'"echo w-%d"' % i) for i in range(3))
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(stream[:70])
        connection.sendall(stream[70:])
        replies = read(connection, 3)
    positions = [replies.index(b'"content":"w-%d"' % i) for i in range(3)]
    assert positions == sorted(positions)


def test_a_request_beyond_the_bound_is_refused(address: tuple[str, int]) -> None:
    head = f"POST / HTTP/1.1\r\nContent-Length: {2 * MAX_REQUEST_BYTES}\r\n\r\n".encode()
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head + b"x" * (MAX_REQUEST_BYTES + 1))
        assert connection.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/messages", b'"content":[{"type":"text","text":"word-7"}]'),
        ("/v1/models/m:generateContent?a=b", b'"parts":[{"text":"word-7"}]'),
        ("/v1/responses", b'"type":"output_text","text":"word-7"'),
    ],
)
def test_the_reply_has_the_form_of_the_vendor_whose_path_is_asked(
    address: tuple[str, int], path: str, said: bytes
) -> None:
    asked = request(b'{"messages": [{"content": "echo word-7"}]}')
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(asked.replace(b"/v1/chat/completions", path.encode()))
        assert said in read(connection, 1)
