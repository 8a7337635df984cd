"""A loopback server that answers a chat completion with everything but one."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.laws.attacks.attack import Attack
from tests.laws.project import CANARY


def _chat(**fields: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    return json.dumps({"model": "served-1", "choices": [choice], "usage": usage, **fields}).encode()


#: Name to (status, headers, body).
_REPLIES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "an error in a 200": (200, {}, b'{"error": {"message": "overloaded", "type": "server_error"}}'),
    "no choices": (200, {}, _chat(choices=[])),
    "choices null": (200, {}, _chat(choices=None)),
    "choices number": (200, {}, _chat(choices=5)),
    "content number": (200, {}, _chat(choices=[{"message": {"content": 5}}])),
    "content list": (200, {}, _chat(choices=[{"message": {"content": [{"type": "text", "text": "x"}]}}])),
    "content null": (200, {}, _chat(choices=[{"message": {"content": None}, "finish_reason": "stop"}])),
    "refusal": (
        200,
        {},
        _chat(choices=[{"message": {"content": None, "refusal": "no"}, "finish_reason": "stop"}]),
    ),
    "filtered": (200, {}, _chat(choices=[{"message": {"content": ""}, "finish_reason": "content_filter"}])),
    "cut": (200, {}, _chat(choices=[{"message": {"content": "x"}, "finish_reason": "length"}])),
    "finish reason number": (200, {}, _chat(choices=[{"message": {"content": "x"}, "finish_reason": 7}])),
    "usage huge": (200, {}, _chat(usage={"prompt_tokens": 10**30, "completion_tokens": 1})),
    "usage 2**64-1": (200, {}, _chat(usage={"prompt_tokens": 2**64 - 1, "completion_tokens": 1})),
    "usage negative": (200, {}, _chat(usage={"prompt_tokens": -8, "completion_tokens": -1})),
    "usage text": (200, {}, _chat(usage={"prompt_tokens": "many"})),
    "usage list": (200, {}, _chat(usage=[1, 2])),
    "usage float": (200, {}, _chat(usage={"prompt_tokens": 1.5, "completion_tokens": 1e400})),
    "model number": (200, {}, _chat(model=5)),
    "model controls": (200, {}, _chat(model="\x1b[31m\x00")),
    "created 1e18": (200, {}, _chat(created=1e18)),
    "logprobs odd": (200, {}, _chat(choices=[{"message": {"content": "x"}, "logprobs": "high"}])),
    "a list": (200, {}, b"[]"),
    "a number": (200, {}, b"5"),
    "empty": (200, {}, b""),
    "html": (200, {"Content-Type": "text/html"}, b"<html>\x1b[31m</html>"),
    "deep": (200, {}, b"[" * 200_000),
    "nan": (200, {}, b'{"choices": NaN}'),
    "half surrogate": (200, {}, b'{"choices": [{"message": {"content": "\\ud800"}}]}'),
    "not utf-8": (200, {}, b'{"choices": "\xff\xfe"}'),
    "gzip bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 400_000_000, compresslevel=1)),
    "torn gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(_chat())[:30]),
    "no gzip": (200, {"Content-Encoding": "gzip"}, b"plain"),
    "big": (200, {}, b'{"x": "' + b"x" * 80_000_000 + b'"}'),
    "401 echoes the key": (401, {}, json.dumps({"error": {"message": f"bad key {CANARY}"}}).encode()),
    "404": (404, {}, b'{"error": {"message": "no such model"}}'),
    "400 with controls": (400, {}, json.dumps({"error": {"message": "\x1b]0;x\x07\n::error::x"}}).encode()),
    "302": (302, {"Location": "http://127.0.0.1:1/"}, b""),
    "204": (204, {}, b""),
    "418 long": (418, {}, b"x" * 1_000_000),
}
_FAILURES = (
    "an error in a 200",
    "no choices",
    "empty",
    "html",
    "deep",
    "gzip bomb",
    "big",
    "401 echoes the key",
    "404",
)


def serve() -> tuple[ThreadingHTTPServer, str]:
    """A running server; the first part of the path names the reply."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # who has read enough hangs up
                super().handle()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = list(_REPLIES.values())[int(self.path.split("/")[1])]
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def attacks(base: str) -> Iterator[Attack]:
    for number, name in enumerate(_REPLIES):
        arguments = ("suites", f"--llm-model=openai/x?base_url={base}/{number}/v1")
        yield Attack("server", name, {}, arguments, must_fail=name in _FAILURES)
