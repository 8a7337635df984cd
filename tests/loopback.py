"""A loopback server that speaks the OpenAI protocol and fails on demand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass(frozen=True)
class Call:
    """What arrived; ``port`` is the client's, one for each connection, ``raw`` the body and ``raw_path`` the
    path as they were sent."""

    path: str
    headers: Mapping[str, str]
    body: Any
    port: int
    raw: bytes = b""
    raw_path: str = ""


@dataclass(frozen=True)
class Reply:
    """What goes back.

    Attributes:
        body: JSON value, or bytes as they are.
        delay_s: waited before anything is sent.
        is_dropped: the connection closes without an answer.
        is_truncated: half of the body is sent, then the connection closes.
        pieces: what is sent one by one in place of ``body``, ``pause_s`` apart; with ``is_truncated`` the
            connection closes after the last.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_dropped: bool = False
    is_truncated: bool = False
    pieces: tuple[bytes, ...] = ()
    pause_s: float = 0.0


Answer = Callable[[Call], Reply]


@dataclass
class Loopback:
    """A running server: its base URL (with ``/v1``) and all calls so far."""

    base_url: str
    calls: list[Call]


def chat(text: str = "ok", **fields: Any) -> Reply:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    return Reply({"model": "served-1", "choices": [choice], "usage": usage, **fields})


def events(*values: Any, is_done: bool = True, **fields: Any) -> Reply:
    """Server-sent events, one piece for each; ``is_done`` adds the ``[DONE]`` of OpenAI's protocol."""
    pieces = [b"data: " + orjson.dumps(value) + b"\n\n" for value in values]
    done = (b"data: [DONE]\n\n",) if is_done else ()
    return Reply(pieces=(*pieces, *done), headers={"Content-Type": "text/event-stream"}, **fields)


def in_turn(*replies: Reply) -> Answer:
    """The first reply to the first call and so on; the last one for all that follow."""
    left = list(replies)
    return lambda call: left.pop(0) if len(left) > 1 else left[0]


def echo_tokens(text: str) -> list[str]:
    """The tokens of the pretended model: words with the white space before them."""
    return re.findall(r"\s*\S+|\s+$", text)


def echoing(call: Call) -> Reply:
    """``/completions`` of a server that scores prompts: a token of n characters has log-probability -n/10."""
    if not call.path.endswith("/completions") or "echo" not in call.body:
        return Reply({"error": {"message": "not found"}}, status=404)
    choices = []
    for index, prompt in enumerate(call.body["prompt"]):
        tokens = [*echo_tokens(prompt), " next"]
        values = [None, *(-len(token) / 10 for token in tokens[1:])]
        logprobs = {"tokens": tokens, "token_logprobs": values}
        choices.append({"index": index, "text": prompt + " next", "logprobs": logprobs})
    return Reply({"choices": choices[::-1]})


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Loopback]:
    """Serve ``answer`` on a free port of 127.0.0.1."""
    loopback = Loopback("", [])

    async def handle(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        assert request.transport is not None
        port = request.transport.get_extra_info("peername")[1]
        body = orjson.loads(raw) if raw else None
        call = Call(request.path, dict(request.headers), body, port, raw, request.raw_path)
        loopback.calls.append(call)
        return await _send(request, answer(call))

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    loopback.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield loopback
    finally:
        await runner.cleanup()


async def _send(request: web.Request, reply: Reply) -> web.StreamResponse:
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    transport = request.transport
    assert transport is not None
    if reply.pieces:
        return await _send_pieces(request, reply)
    body = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
    if not (reply.is_dropped or reply.is_truncated):
        return web.Response(body=body, status=reply.status, headers=dict(reply.headers))
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    if reply.is_truncated:
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    transport.close()
    return response


async def _send_pieces(request: web.Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
    await response.prepare(request)
    for piece in reply.pieces:
        await response.write(piece)
        await asyncio.sleep(reply.pause_s)
    if reply.is_truncated and request.transport is not None:
        request.transport.close()
    return response
