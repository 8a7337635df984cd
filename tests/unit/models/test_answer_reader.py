"""Answers of HTTP are read as they are meant, whatever pieces they come in; hostile ones are refused."""

from __future__ import annotations

import pytest

from evalkit.errors import ModelError
from evalkit.models.wire import answer_reader
from evalkit.models.wire.answer_reader import Answer, AnswerReader, BadAnswerError

MOST = 1 << 20
OK = b"HTTP/1.1 200 OK\r\n"


def fed(data: bytes, n_bytes: int, most: int = MOST) -> Answer | None:
    """What comes of ``data`` in pieces of so many bytes."""
    reader = AnswerReader(most)
    for start in range(0, len(data), n_bytes):
        answer = reader.feed(data[start : start + n_bytes])
        if answer is not None:
            return answer
    return reader.end()


@pytest.mark.parametrize("n_bytes", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("data", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (OK + b"content-length:0\r\n\r\n", b""),
        (b"HTTP/1.1 200\nContent-Length: 5\n\nhello", b"hello"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (OK + b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", b"hello"),
        (OK + b"Transfer-Encoding: chunked\n\n5\nhello\n0\n\n", b"hello"),
        (OK + b"\r\nup to the end", b"up to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" * 2 + OK + b"Content-Length: 2\r\n\r\nok", b"ok"),
    ],
)
def test_a_body_is_read_whatever_the_pieces(data: bytes, body: bytes, n_bytes: int) -> None:
    answer = fed(data, n_bytes)
    assert answer is not None
    assert answer.body == body


@pytest.mark.parametrize("n_bytes", [1, 1000])
@pytest.mark.parametrize(
    ("data", "is_last"),
    [
        (OK + b"Content-Length: 1\r\n\r\nx", False),
        (OK + b"Content-Length: 1\r\nConnection: Close\r\n\r\nx", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx", False),
        (OK + b"\r\nx", True),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n1\r\nx\r\n0\r\n\r\n", True),
    ],
)
def test_it_is_told_whether_the_connection_may_be_used_again(
    data: bytes, is_last: bool, n_bytes: int
) -> None:
    answer = fed(data, n_bytes)
    assert answer is not None
    assert answer.is_last == is_last


def test_who_says_more_than_one_answer_is_not_asked_again() -> None:
    for body in (b"Content-Length: 1\r\n\r\nx", b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"):
        answer = fed(OK + body + b"HTTP/1.1 200 OK\r\n\r\n", 1000)
        assert answer is not None
        assert (answer.body, answer.is_last) == (b"x", True)


def test_headers_are_found_whatever_their_case_and_the_first_of_a_name_counts() -> None:
    answer = fed(OK + b"X-Request-ID: one\r\nx-request-id: two\r\nContent-Length: 0\r\n\r\n", 1000)
    assert answer is not None
    assert answer.headers["x-Request-Id"] == answer.headers.get("X-REQUEST-ID") == "one"
    assert answer.headers.get("absent") is None


@pytest.mark.parametrize("n_bytes", [1, 1000])
@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"white space: x\r\n\r\n",
        OK + b"a: b\r\n folded\r\n\r\n",
        OK + b"a: b\rc\r\n\r\n",
        OK + b"a: b\0c\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1_0\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 16 + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
    ],
)
def test_what_is_no_http_is_refused(data: bytes, n_bytes: int) -> None:
    with pytest.raises(BadAnswerError):
        fed(data, n_bytes)


@pytest.mark.parametrize("n_bytes", [100, 1 << 20])
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 " + b"x" * answer_reader.MAX_HEAD,
        OK + b"a: b\r\n" * (answer_reader.MAX_HEAD // 6),
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * (1 << 14),
    ],
)
def test_what_has_no_end_is_refused_before_the_answer_comes(data: bytes, n_bytes: int) -> None:
    with pytest.raises(BadAnswerError, match="too long"):
        fed(data, n_bytes)


@pytest.mark.parametrize("n_bytes", [10, 1 << 20])
@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 1001\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
        OK + b"\r\n" + b"x" * 1001,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1001,
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 1001,
    ],
)
def test_more_than_the_bound_is_an_error_that_nobody_repeats(data: bytes, n_bytes: int) -> None:
    with pytest.raises(ModelError, match="the answer is longer than") as caught:
        fed(data, n_bytes, most=1000)
    assert not caught.value.is_retryable


@pytest.mark.parametrize(
    "data",
    [
        OK,
        OK + b"Content-Length: 5\r\n\r\nhell",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ],
)
@pytest.mark.parametrize("n_bytes", [1, 1000])
def test_half_an_answer_is_none(data: bytes, n_bytes: int) -> None:
    assert fed(data, n_bytes) is None
