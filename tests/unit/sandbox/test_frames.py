"""Messages come out of a stream whole, however they were cut."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.sandbox.inside.frames import FrameBuffer, FrameTooLongError, read_frame, write_frame


@given(st.lists(st.binary(max_size=20)), st.integers(1, 7))
def test_messages_are_the_same_however_the_stream_was_cut(messages: list[bytes], step: int) -> None:
    stream = b"".join(struct.pack("!I", len(each)) + each for each in messages)
    buffer = FrameBuffer()
    found = [each for at in range(0, len(stream), step) for each in buffer.feed(stream[at : at + step])]
    assert found == messages


def test_a_message_that_says_to_be_too_long_is_not_read() -> None:
    reader, writer = os.pipe()
    os.write(writer, struct.pack("!I", 1 << 31))
    with pytest.raises(FrameTooLongError):
        read_frame(reader, 1 << 20)
    os.close(writer)
    assert read_frame(reader, 10) is None
    os.close(reader)


def test_a_message_that_ends_too_early_is_none() -> None:
    reader, writer = os.pipe()
    write_frame(writer, b"whole")
    os.write(writer, struct.pack("!I", 9) + b"half")
    os.close(writer)
    assert read_frame(reader, 10) == b"whole"
    assert read_frame(reader, 10) is None
    os.close(reader)
