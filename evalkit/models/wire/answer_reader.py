"""One answer of HTTP/1.1 (RFC 9112), read from its bytes as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from evalkit.errors import ModelError

#: Bytes of all headers of one answer.
MAX_HEAD = 1 << 16
#: Bytes of a line between chunks.
_MAX_LINE = 1 << 13

#: A line may end without ``\r``: some servers write so, and nearly every client reads it.
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_END_CHARS = 3  # of an end that is not whole
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?\r?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")


class BadAnswerError(OSError):
    """What a server sent is no HTTP."""


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case; of several of a name the first."""

    __slots__ = ("_found",)

    def __init__(self, found: dict[str, str]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> str:
        return self._found[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class Answer(NamedTuple):
    """A whole answer; its body is as it was sent, packed perhaps.

    ``is_last``: the connection takes no further request.
    """

    status: int
    headers: Headers
    body: bytes
    is_last: bool


class AnswerReader:
    """Reads one answer. Raises BadAnswerError on what is none, ModelError on a body longer than ``most``."""

    __slots__ = (
        "_at",
        "_headers",
        "_is_last",
        "_left",
        "_looked",
        "_most",
        "_n_bytes",
        "_parts",
        "_rest",
        "_status",
    )

    def __init__(self, most: int) -> None:
        self._most = most
        self._rest = b""
        #: Bytes of the rest in which no head ends: looked at once, however slowly it comes.
        self._looked = 0
        self._status = 0
        self._headers = Headers({})
        self._is_last = False
        #: What is read next: the head, a body of ``_left`` bytes, one up to the end of the connection, or of
        #: chunks: the size of one, its bytes, the line's end behind them, and the lines behind the last.
        self._at = "head"
        self._left = 0
        self._parts: list[bytes] = []
        self._n_bytes = 0

    def feed(self, data: bytes) -> Answer | None:
        """The answer, once it is whole."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        if self._at == "head":
            start = self._read_heads(data)
            if start is None:
                return None
            if self._at == "counted" and len(data) - start == self._left:
                return self._whole(data[start:])  # as nearly every answer comes
            data = data[start:]
        if self._at == "counted":
            return self._counted(data)
        if self._at == "open":
            self._take(data)
            return None
        return self._chunked(data)

    def end(self) -> Answer | None:
        """The connection ended: the answer where that was its end, else None."""
        return self._whole(b"".join(self._parts)) if self._at == "open" else None

    def _whole(self, body: bytes) -> Answer:
        return Answer(self._status, self._headers, body, self._is_last)

    def _read_heads(self, data: bytes) -> int | None:
        """Where the body begins; None while the head is not whole. What a server says in between (``100
        Continue``) is passed over."""
        start, looked = 0, self._looked
        while (end := _HEAD_END.search(data, looked, start + MAX_HEAD)) is not None:
            self._read_head(data[start : end.start()])
            start = looked = end.end()
            if self._status >= 200:
                return start
        if len(data) - start >= MAX_HEAD:
            raise BadAnswerError("the headers of the answer are too long")
        self._rest = data[start:]
        self._looked = max(0, len(self._rest) - _END_CHARS)
        return None

    def _read_head(self, head: bytes) -> None:
        status_line, _, lines = head.partition(b"\n")
        said = _STATUS_LINE.fullmatch(status_line)
        if said is None:
            raise BadAnswerError("the answer is no HTTP")
        self._status = int(said[2])
        if self._status < 200:
            return
        if b"\0" in lines or lines.count(b"\r") != lines.count(b"\r\n"):
            raise BadAnswerError("the answer has a header that is none")
        found: dict[str, str] = {}
        for line in lines.decode("utf-8", "surrogateescape").split("\n") if lines else ():
            name, colon, value = line.partition(":")
            if not colon or not _NAME.fullmatch(name):
                raise BadAnswerError("the answer has a header that is none")
            name, value = name.lower(), value.strip(" \t\r")
            if found.setdefault(name, value) != value and name in ("content-length", "transfer-encoding"):
                raise BadAnswerError(f"the answer has two headers {name}")
        self._headers = Headers(found)
        wish = found.get("connection", "").lower()
        self._is_last = "close" in wish or (said[1] == b"0" and "keep-alive" not in wish)
        self._expect_body(found)

    def _expect_body(self, found: Mapping[str, str]) -> None:
        coding, length = found.get("transfer-encoding"), found.get("content-length")
        if self._status in (204, 304):
            self._at, self._left = "counted", 0
        elif coding is not None:
            if coding.lower() != "chunked":
                raise BadAnswerError("the answer is coded in a way that was not asked for")
            self._at = "size"
            self._is_last |= length is not None  # one of the two is wrong
        elif length is not None:
            if not (length.isascii() and length.isdigit()):
                raise BadAnswerError("the length of the answer is no number")
            self._at, self._left = "counted", int(length[:20])
            self._check_size(self._left)
        else:
            self._at, self._is_last = "open", True

    def _counted(self, data: bytes) -> Answer | None:
        part = data[: self._left]
        self._left -= len(part)
        self._parts.append(part)
        if self._left:
            return None
        self._is_last |= len(part) < len(data)  # it said more than one answer
        return self._whole(b"".join(self._parts))

    def _chunked(self, data: bytes) -> Answer | None:
        at, end = 0, len(data)
        while at < end:
            if self._at == "chunk":
                part = data[at : at + self._left]
                self._take(part)
                self._left -= len(part)
                at += len(part)
                self._at = "chunk" if self._left else "behind"
                continue
            stop = data.find(b"\n", at, at + _MAX_LINE)
            if stop < 0:
                if end - at >= _MAX_LINE:
                    raise BadAnswerError("the answer has a line between chunks that is too long")
                self._rest = data[at:]
                return None
            line, at = data[at:stop].removesuffix(b"\r"), stop + 1
            if self._at == "trailer" and not line:
                self._is_last |= at < end
                return self._whole(b"".join(self._parts))
            self._read_line(line)
        return None

    def _read_line(self, line: bytes) -> None:
        if self._at == "behind" and not line:
            self._at = "size"
        elif self._at == "size":
            said = _SIZE.fullmatch(line)
            if said is None:
                raise BadAnswerError("the answer has a chunk of no size")
            self._left = int(said[1], 16)
            self._at = "chunk" if self._left else "trailer"
        elif self._at == "trailer":
            self._check_size(self._n_bytes + len(line))
            self._n_bytes += len(line)
        else:
            raise BadAnswerError("the answer has a chunk without an end")

    def _take(self, part: bytes) -> None:
        self._n_bytes += len(part)
        self._check_size(self._n_bytes)
        self._parts.append(part)

    def _check_size(self, n_bytes: int) -> None:
        if n_bytes > self._most:
            raise ModelError(f"the answer is longer than {self._most >> 20} MB")
