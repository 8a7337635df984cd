"""What holds for every provider on the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from tests.loopback import Answer, Reply
from tests.wire.faults import Fault
from tests.wire.requests import REQUESTS
from tests.wire.talk import respond


def assert_told(fault: Fault, answer: Answer | Reply, spec: str, *, is_streamed: bool = False) -> None:
    """The fault comes out as the error that it is; of a stream only whether to ask again is compared."""
    with pytest.raises(ModelError) as caught:
        respond(answer, REQUESTS["plain"], spec)
    assert caught.value.is_retryable is fault.is_retryable
    if not is_streamed:
        assert fault.said in str(caught.value)
        assert (caught.value.kind, caught.value.retry_after_s) == (fault.kind, fault.retry_after_s)


def assert_streamed_alike(
    stream: Answer | Reply, whole: Answer | Reply, request: Request, spec: str
) -> Response:
    """A stream says what the whole answer says, and when it began; that answer."""
    streamed, _ = respond(stream, request, f"{spec}&stream=1")
    found, _ = respond(whole, request, spec)
    assert streamed.ttft_s is not None
    assert replace(streamed, ttft_s=None) == found
    return streamed
