"""The floor: a bare aiohttp loop that makes the calls, reads the JSON and does nothing else.

Usage: ``floor.py BASE_URL N_CALLS CONCURRENCY``
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import aiohttp


def bodies(n_calls: int) -> Iterator[dict[str, object]]:
    """The requests that evalkit makes for the bench suite."""
    for i in range(n_calls):
        message = {"role": "user", "content": f"echo word-{i:06}"}
        yield {"model": "bench", "messages": [message], "max_tokens": 16, "temperature": 0}


async def worker(session: aiohttp.ClientSession, url: str, todo: Iterator[dict[str, object]]) -> int:
    """Call until nothing is left; returns how many replies were read."""
    n_read = 0
    for body in todo:
        async with session.post(url, json=body) as response:
            n_read += bool((await response.json())["choices"][0]["message"]["content"])
    return n_read


async def call_all(base_url: str, n_calls: int, concurrency: int) -> int:
    """All calls over ``concurrency`` workers that share one iterator."""
    todo = bodies(n_calls)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        workers = [worker(session, f"{base_url}/chat/completions", todo) for _ in range(concurrency)]
        return sum(await asyncio.gather(*workers))


if __name__ == "__main__":
    n_calls = int(sys.argv[2])
    if asyncio.run(call_all(sys.argv[1], n_calls, int(sys.argv[3]))) != n_calls:
        raise SystemExit("floor: replies are missing")
