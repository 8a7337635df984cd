"""Messages of known length over a stream: four bytes of length, then the message."""

from __future__ import annotations

import os
import struct

_LENGTH = struct.Struct("!I")


class FrameTooLongError(ValueError):
    """A message beyond the bound of its reader."""


def frame(data: bytes) -> bytes:
    """One message with its length before it."""
    return _LENGTH.pack(len(data)) + data


def write_frame(fd: int, data: bytes) -> None:
    """Write one message, however many writes that takes."""
    view = memoryview(frame(data))
    while view:
        view = view[os.write(fd, view) :]


def read_frame(fd: int, most: int) -> bytes | None:
    """The next message, or None where the stream ends.

    Raises:
        FrameTooLongError: it says to be longer than ``most`` bytes; nothing of it was read.
    """
    head = _read_exactly(fd, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise FrameTooLongError(f"{length} bytes, at most {most}")
    return _read_exactly(fd, length)


def _read_exactly(fd: int, length: int) -> bytes | None:
    parts = []
    while length:
        part = os.read(fd, min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


class FrameBuffer:
    """Messages out of chunks as they come, for a reader that waits for many streams."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that ``chunk`` completes."""
        self._data += chunk
        frames = []
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            end = _LENGTH.size + length
            if len(self._data) < end:
                break
            frames.append(bytes(self._data[_LENGTH.size : end]))
            del self._data[:end]
        return frames
