"""A loopback server that speaks OpenAI's protocol of files and batches, and counts what it was asked."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

#: ``body -> (status, answer)`` of one request.
Answer = Callable[[Mapping[str, Any]], tuple[int, Any]]

_ENDPOINTS = ("/v1/chat/completions", "/v1/completions", "/v1/responses")


def upper(body: Mapping[str, Any]) -> tuple[int, Any]:
    """A chat completion that shouts the last message."""
    text = str(body["messages"][-1]["content"]).upper()
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    return 200, {"id": "chatcmpl-1", "model": "served-1", "choices": [choice], "usage": usage}


@dataclass
class BatchServer:
    """What the vendor has. Requests of a batch are answered when it ends.

    Attributes:
        answer: of one request, by batch or alone.
        n_looks: a batch ends at the look of this number; None never.
        ends: the status that batches end with.
        n_answered: so many requests of a batch are answered before it ends; None all.
        errors: what a failed batch says of itself.
        asked: how often each request was to be answered, by its JSON; ``live`` counts those that came alone.
        on_batch: called before a batch that was made is told of; a status in place of 200 leaves it untold.
    """

    answer: Answer = upper
    n_looks: int | None = 1
    ends: str = "completed"
    n_answered: int | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    on_batch: Callable[[], int] = lambda: 200
    base_url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    live: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)
    downloads: Counter[str] = field(default_factory=Counter)
    #: Bytes of a download after which the connection breaks, once; None never.
    breaks_at: int | None = None
    #: Bytes of a download after which nothing more comes; None never.
    hangs_at: int | None = None
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def add_file(self, content: bytes) -> str:
        file_id = f"file-{next(self._numbers)}"
        self.files[file_id] = content
        return file_id

    def add_batch(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Checked as the vendor checks; raises ValueError."""
        lines = [orjson.loads(line) for line in self.files[order["input_file_id"]].splitlines()]
        ids = [line["custom_id"] for line in lines]
        if len(set(ids)) != len(ids):
            raise ValueError("duplicate custom_id")
        if order["completion_window"] != "24h" or order["endpoint"] not in _ENDPOINTS:
            raise ValueError("invalid completion_window or endpoint")
        if any(line["method"] != "POST" or line["url"] != order["endpoint"] for line in lines):
            raise ValueError("method or url of a line is wrong")
        batch_id = f"batch_{next(self._numbers)}"
        self.batches[batch_id] = batch = {
            "id": batch_id,
            "object": "batch",
            "created_at": int(time.time()),
            "status": "in_progress",
            "input_file_id": order["input_file_id"],
            "endpoint": order["endpoint"],
            "completion_window": "24h",
            "metadata": order.get("metadata"),
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        self.asked.update(orjson.dumps(line["body"], option=orjson.OPT_SORT_KEYS).decode() for line in lines)
        return batch

    def look(self, batch_id: str) -> dict[str, Any]:
        batch = self.batches[batch_id]
        self.looks[batch_id] += 1
        if batch["status"] == "in_progress" and self.n_looks and self.looks[batch_id] >= self.n_looks:
            self.end(batch)
        return batch

    def end(self, batch: dict[str, Any]) -> None:
        """Answer what is to be answered."""
        batch["status"] = self.ends
        if self.errors:
            batch["errors"] = {"object": "list", "data": self.errors}
        if self.ends == "failed":
            return
        lines = [orjson.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        n_answered = len(lines) if self.n_answered is None else self.n_answered
        good: list[bytes] = []
        bad: list[bytes] = []
        for number, line in enumerate(lines):
            status, body = self.answer(line["body"])
            response = {"status_code": status, "request_id": f"req-{number}", "body": body}
            record = {"id": f"r{number}", "custom_id": line["custom_id"], "response": response, "error": None}
            if number >= n_answered:
                error = {"code": f"batch_{self.ends}", "message": f"This request {self.ends}."}
                record |= {"response": None, "error": error}
            (good if status == 200 and number < n_answered else bad).append(orjson.dumps(record))
        counts = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        batch["request_counts"] = counts
        # As the vendor does: in no order.
        batch["output_file_id"] = self.add_file(b"\n".join(good[::-1])) if good else None
        batch["error_file_id"] = self.add_file(b"\n".join(bad)) if bad else None


@asynccontextmanager
async def serving_batches(
    server: BatchServer, port: int = 0, *, around: Sequence[Any] = ()
) -> AsyncIterator[BatchServer]:
    """Serve on a free port of 127.0.0.1. ``around`` are further middlewares, the innermost ones."""
    application = web.Application(client_max_size=1 << 30, middlewares=[_noting(server), *around])
    application.add_routes(_routes(server))
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def _noting(server: BatchServer) -> Any:
    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        server.calls.append((request.method, request.path))
        try:
            answer: web.StreamResponse = await handler(request)
        except (KeyError, ValueError) as error:
            status = 404 if isinstance(error, KeyError) else 400
            return web.json_response({"error": {"message": str(error)}}, status=status)
        return answer

    return note


def _routes(server: BatchServer) -> list[web.RouteDef]:
    async def upload(request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        if form["purpose"] != "batch":
            raise ValueError("purpose is not batch")
        content = file.file.read()
        file_id = server.add_file(content)
        about = {"id": file_id, "object": "file", "bytes": len(content), "filename": file.filename}
        return web.json_response(
            {**about, "created_at": int(time.time()), "purpose": "batch", "status": "processed"}
        )

    async def make(request: web.Request) -> web.Response:
        batch = server.add_batch(await request.json())
        status = server.on_batch()
        return web.json_response(batch if status == 200 else {"error": {"message": "lost"}}, status=status)

    async def list_all(request: web.Request) -> web.Response:
        newest = list(server.batches.values())[::-1]
        ids = [batch["id"] for batch in newest]
        first = ids.index(request.query["after"]) + 1 if "after" in request.query else 0
        last = first + int(request.query.get("limit", 20))
        return web.json_response(
            {"object": "list", "data": newest[first:last], "has_more": last < len(newest)}
        )

    async def show(request: web.Request) -> web.Response:
        return web.json_response(server.look(request.match_info["id"]))

    async def content(request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["id"]
        server.downloads[file_id] += 1
        body, cut = server.files[file_id], server.hangs_at or server.breaks_at
        if cut is None:
            return web.Response(body=body)
        server.breaks_at = None
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[:cut])
        if server.hangs_at is not None:
            await asyncio.sleep(3600)
        assert request.transport is not None
        request.transport.close()
        return response

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        server.live += 1
        server.asked[orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()] += 1
        status, answer = server.answer(body)
        return web.json_response(answer, status=status)

    return [
        web.post("/v1/files", upload),
        web.get("/v1/files/{id}/content", content),
        web.post("/v1/batches", make),
        web.get("/v1/batches", list_all),
        web.get("/v1/batches/{id}", show),
        web.post("/v1/chat/completions", chat),
    ]


@contextmanager
def batches_beside(server: BatchServer, *around: Any) -> Iterator[BatchServer]:
    """Serve in a thread of its own, for sessions that run in this one or in other processes; ``around`` as of
    ``serving_batches``."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = serving_batches(server, around=around)
    try:
        asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        yield server
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancel_all() -> None:
    """Whoever still waits for an answer has gone."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
