"""Opening a file that somebody else named: regular files only, never waiting, packed ones with a bound."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

#: What a packed file may grow to, however small it is, in bytes.
INFLATED_BYTES = 64 << 20
#: … and how many times its own size, where that is more: texts pack to a fifth, prompts that repeat their
#: examples to a thirtieth, zeros to a thousandth.
INFLATED_TIMES = 50

_CHUNK = 1 << 20
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
    (stat.S_ISSOCK, "it is a socket"),
)


def open_bytes(path: Path) -> IO[bytes]:
    """A regular file, open for reading. Raises OSError on anything else, at once: opening a pipe would wait
    for a writer, and a device never ends."""
    # Looked at before, as opening some devices does something, and after, as it may have changed.
    _refuse_odd(os.stat(path).st_mode, path)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _refuse_odd(os.fstat(handle).st_mode, path)
        return open(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: Path) -> bytes:
    """The whole content of a regular file. Raises OSError."""
    with open_bytes(path) as stream:
        return stream.read()


def read_text(path: Path, encoding: str = "utf-8-sig") -> str:
    """The whole text of a regular file, line ends as ``\\n``. Raises OSError, UnicodeError, LookupError."""
    with open_text(path, encoding) as stream:
        return stream.read()


def open_text(path: Path, encoding: str, newline: str | None = None) -> IO[str]:
    """A regular file as text, unpacked where its name ends in ``.gz``."""
    stream = open_bytes(path)
    try:
        if path.suffix.lower() == ".gz":
            stream = _buffered(stream, most_inflated(os.fstat(stream.fileno()).st_size))
        return io.TextIOWrapper(stream, encoding=encoding, newline=newline)
    except BaseException:
        stream.close()
        raise


def inflated(data: bytes, times: int = INFLATED_TIMES) -> bytes:
    """What gzip packed. Raises OSError (also where it grows too large, see ``most_inflated``), EOFError."""
    with _buffered(io.BytesIO(data), most_inflated(len(data), times)) as stream:
        return stream.read()


def most_inflated(n_packed: int, times: int = INFLATED_TIMES) -> int:
    """The bytes that ``n_packed`` ones may grow to: ``times`` as many, or ``INFLATED_BYTES``."""
    return max(INFLATED_BYTES, times * n_packed)


def read_at_most(stream: IO[bytes], most: int) -> bytes:
    """All of an unpacked stream. Raises OSError once it gives more than ``most`` bytes."""
    parts, n = [], 0
    while part := stream.read(_CHUNK):
        n += len(part)
        if n > most:
            raise too_large(most)
        parts.append(part)
    return b"".join(parts)


def too_large(most: int) -> OSError:
    """What is raised where something packed grows beyond its bound."""
    text = f"unpacked it is larger than {most / (1 << 20):,.0f} MiB, as a decompression bomb is"
    return OSError(errno.EFBIG, f"{text}; unpack the file yourself if it is meant to be")


class Inflating(io.RawIOBase):
    """A gzip stream that stops at its bound. Closes the packed stream with itself."""

    def __init__(self, packed: IO[bytes], most: int) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed, mode="rb")
        self._most = most
        self._n = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            n = self._stream.readinto(buffer)
        except zlib.error as error:
            raise OSError(errno.EIO, f"the compressed data are damaged: {error}") from None
        self._n += n
        if self._n > self._most:
            raise too_large(self._most)
        return n

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._packed.close()
        super().close()


def _buffered(packed: IO[bytes], most: int) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(Inflating(packed, most), 1 << 17))


def _refuse_odd(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        kind = next((text for is_kind, text in _KINDS if is_kind(mode)), "it is of no known kind")
        raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))
