"""A chat server in a process of its own that answers at once: all time that passes is the client's own.

Speaks as much HTTP/1.1 as a client of a provider needs (keep-alive, pipelining, Content-Length bodies) on
loopback, and answers in the form of the vendor whose path is asked: chat completions, unless it is another's.
The reply to a request that contains ``echo WORD`` is WORD. Prints its base URL and stops when its standard
input closes, so it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import re
import sys

MAX_REQUEST_BYTES = 1 << 20

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_ECHO = re.compile(rb"echo ([\w-]+)")
_BODY = (
    b'{"id":"chatcmpl-0","object":"chat.completion","created":0,"model":"bench","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"%b"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9}}'
)
#: End of a path -> the answer of the vendor who has it.
_BODIES = {
    b"/messages": (
        b'{"id":"msg_0","type":"message","role":"assistant","model":"bench","content":[{"type":"text",'
        b'"text":"%b"}],"stop_reason":"end_turn","stop_sequence":null,'
        b'"usage":{"input_tokens":8,"output_tokens":1}}'
    ),
    b":generateContent": (
        b'{"candidates":[{"content":{"parts":[{"text":"%b"}],"role":"model"},"finishReason":"STOP",'
        b'"index":0}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":1,"totalTokenCount":9},'
        b'"modelVersion":"bench","responseId":"r0"}'
    ),
    b"/converse": (
        b'{"output":{"message":{"role":"assistant","content":[{"text":"%b"}]}},"stopReason":"end_turn",'
        b'"usage":{"inputTokens":8,"outputTokens":1,"totalTokens":9},"metrics":{"latencyMs":0}}'
    ),
    b"/api/chat": (
        b'{"model":"bench","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"%b"},'
        b'"done":true,"done_reason":"stop","total_duration":0,"load_duration":0,"prompt_eval_count":8,'
        b'"eval_count":1}'
    ),
    b"/responses": (
        b'{"id":"resp_0","object":"response","status":"completed","model":"bench","output":[{"type":"message",'
        b'"role":"assistant","content":[{"type":"output_text","text":"%b","annotations":[]}]}],'
        b'"usage":{"input_tokens":8,"output_tokens":1,"total_tokens":9}}'
    ),
}
_REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def reply(path: bytes, body: bytes) -> bytes:
    """The whole HTTP response to one request."""
    word = _ECHO.search(body)
    form = next((form for ending, form in _BODIES.items() if path.endswith(ending)), _BODY)
    answer = form % (word[1] if word else b"ok")
    return _REPLY % (len(answer), answer)


class ChatProtocol(asyncio.Protocol):
    """One connection: buffers what arrived and answers every whole request in it."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer = self._buffer + data if self._buffer else data
        replies = []
        while (asked := self._next_request()) is not None:
            replies.append(reply(*asked))
        if replies:
            self._transport.write(b"".join(replies))
        if len(self._buffer) > MAX_REQUEST_BYTES:
            self._transport.write(_TOO_LARGE)
            self._transport.close()

    def _next_request(self) -> tuple[bytes, bytes] | None:
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        length = _LENGTH.search(self._buffer, 0, head_end)
        start = head_end + 4
        end = start + (int(length[1]) if length else 0)
        if len(self._buffer) < end:
            return None
        path = self._buffer[: self._buffer.find(b"\r\n")].split(b" ")[1].partition(b"?")[0]
        body, self._buffer = self._buffer[start:end], self._buffer[end:]
        return path, body


async def serve() -> None:
    """Serve on a free port until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(ChatProtocol, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
