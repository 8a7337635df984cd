"""A vendor on loopback: answers by what a prompt says, takes money and batches, rejects, and falls silent."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.batch_server import BatchServer, batches_beside
from tests.laws.project import CANARY

#: US dollars for a million tokens, and the part of it that a batch costs.
INPUT_USD, OUTPUT_USD, BATCH_SHARE = 1000.0, 10_000.0, 0.5
#: The variable that the key is read from.
KEY_NAME = "LAW_API_KEY"
MAX_TOKENS = 20
#: What a prompt may ask for, its last word: a refused one is an error, of an untold one no usage is said.
KINDS = ("right", "wrong", "untold", "refused")

_CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Truth:
    """What the vendor says to a prompt; tokens are what it takes money for, told or not."""

    status: int
    output: str
    prompt_tokens: int
    completion_tokens: int
    is_told: bool

    def cost_usd(self, share: float = 1.0) -> float:
        return share * (self.prompt_tokens * INPUT_USD + self.completion_tokens * OUTPUT_USD) / 1e6


def truth(prompt: str) -> Truth:
    """A prompt ends with ``word NUMBER KIND``."""
    word, number, kind = prompt.split()[-3:]
    n = int(number)
    output = "?" if kind == "wrong" else f"{word} {number} {kind}".upper()
    return Truth(400 if kind == "refused" else 200, output, 5 + n % 7, 1 + n % 19, kind != "untold")


@dataclass
class Vendor(BatchServer):
    """Counts of one session are those since ``begin``.

    Attributes:
        rejects: of each prompt so many attempts are rejected by 429, from ``begin`` on; ``retry_after`` is
            what it says with that, None nothing.
        hangs: number of the call, from 1 on, at which nothing more is said, and whether its work is done
            before; None never.
        is_hanging: set at that moment.
        prompts: what was answered, in order; ``n_chats`` counts the requests that came alone, the rejected
            ones too, ``n_calls`` all; ``n_rejected`` and ``n_keyless`` count what was turned away.
        billed_usd: for what was answered alone.
    """

    rejects: Mapping[str, int] = field(default_factory=dict)
    retry_after: str | None = None
    hangs: tuple[int, bool] | None = None
    is_hanging: threading.Event = field(default_factory=threading.Event)
    prompts: list[str] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    n_calls: int = 0
    n_chats: int = 0
    n_rejected: int = 0
    n_keyless: int = 0
    billed_usd: float = 0.0

    def __post_init__(self) -> None:
        self.answer = self.said

    def begin(self) -> None:
        """A session begins that the vendor has nothing against."""
        self.rejects, self.retry_after, self.hangs = {}, None, None
        self.is_hanging.clear()
        self.prompts.clear()
        self.attempts.clear()
        self.n_calls = self.n_chats = self.n_rejected = self.n_keyless = 0
        self.billed_usd = 0.0

    def said(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        prompt = str(body["messages"][-1]["content"])
        found = truth(prompt)
        if found.status != 200:
            return found.status, {"error": {"message": "this prompt is refused", "type": "invalid_request"}}
        message = {"role": "assistant", "content": found.output}
        usage = {"prompt_tokens": found.prompt_tokens, "completion_tokens": found.completion_tokens}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        answer = {"model": "served-1", "choices": choices}
        self.prompts.append(prompt)
        return 200, (answer | {"usage": usage} if found.is_told else answer)

    async def around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Of every call, before and after its work."""
        self.n_calls += 1
        number = self.n_calls
        if request.headers.get("Authorization") != f"Bearer {CANARY}":
            self.n_keyless += 1
            return web.json_response({"error": {"message": "no key"}}, status=401)
        if self.hangs == (number, False):
            return await self._hang()
        rejection = await self._rejected(request) if request.path == _CHAT else None
        if rejection is not None:
            return rejection
        answer: web.StreamResponse = await handler(request)
        if request.path == _CHAT and answer.status == 200:
            self.billed_usd += truth(self.prompts[-1]).cost_usd()
        return await self._hang() if self.hangs == (number, True) else answer

    async def _hang(self) -> web.StreamResponse:
        self.is_hanging.set()
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits so long")

    async def _rejected(self, request: web.Request) -> web.StreamResponse | None:
        prompt = str(orjson.loads(await request.read())["messages"][-1]["content"])
        self.n_chats += 1
        self.attempts[prompt] += 1
        if self.attempts[prompt] > self.rejects.get(prompt, 0):
            return None
        self.n_rejected += 1
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        return web.json_response({"error": {"message": "too many"}}, status=429, headers=headers)


@contextmanager
def vendor() -> Iterator[Vendor]:
    """One that serves in a thread of its own."""
    server = Vendor()

    @web.middleware
    async def around(request: web.Request, handler: Any) -> web.StreamResponse:
        return await server.around(request, handler)

    with batches_beside(server, around):
        yield server
