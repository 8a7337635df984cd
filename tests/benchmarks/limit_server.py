"""A chat server in a process of its own that limits: the loopback end of ``limits_reached.py``.

    python -m tests.benchmarks.limit_server KIND LIMIT SPEED HEADERS

KIND is one of ``tests.limited_server.LIMITERS``, LIMIT requests a minute. Its minute takes 60 / SPEED
seconds, and the times that it tells are by that clock. HEADERS is ``openai`` or ``none``; a rejection has a
Retry-After either way. Prints its base URL, and what it took and rejected when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from aiohttp import web

from tests.limited_server import LIMITERS, openai_headers

#: Seconds of an answer, by the server's clock: what a small model takes.
LATENCY_S = (0.5, 2.5)


class LimitServer:
    """Counts what it takes and rejects."""

    def __init__(self, kind: str, limit: float, speed: float, *, tells: bool) -> None:
        self.n_taken = self.n_rejected = 0
        self.first_at = self.last_at = 0.0
        self._rng = random.Random(0)
        self._limiter = LIMITERS[kind](limit, self._rng)
        self._speed, self._tells = speed, tells

    async def answer(self, request: web.Request) -> web.Response:
        """One call: taken, or rejected at once."""
        await request.read()
        now = time.monotonic() * self._speed
        is_taken = self._limiter.take(1.0, now)
        headers = dict(openai_headers(self._limiter, now)) if self._tells else {}
        if not is_taken:
            self.n_rejected += 1
            headers["Retry-After"] = f"{self._limiter.reset_s(now):.3f}"
            return web.json_response({"error": {"message": "too many"}}, status=429, headers=headers)
        self.n_taken += 1
        self.first_at, self.last_at = self.first_at or now, now
        await asyncio.sleep(self._rng.uniform(*LATENCY_S) / self._speed)
        choice = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9}
        return web.json_response({"model": "limited", "choices": [choice], "usage": usage}, headers=headers)

    def told(self) -> str:
        """What the end is told, as JSON; times in minutes of the server's clock."""
        minutes = (self.last_at - self.first_at) / 60
        return json.dumps({"taken": self.n_taken, "rejected": self.n_rejected, "minutes": minutes})


async def serve(server: LimitServer) -> None:
    """On a free port, until standard input closes."""
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(server.told(), flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    kind, limit, speed, headers = sys.argv[1:]
    asyncio.run(serve(LimitServer(kind, float(limit), float(speed), tells=headers == "openai")))
