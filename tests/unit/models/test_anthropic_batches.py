"""Anthropic's message batches on the wire; the vendor's own SDK is the witness that the server is right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anthropic
import orjson
import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.batch_model import Batches, BatchPlan
from evalkit.models.batches.anthropic import AnthropicBatches
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor
from tests.asking import ask
from tests.loopback import Call, Reply, serving

T = TypeVar("T")

NAME = "claude-sonnet-4-6"
#: 2026-01-01T00:00:00Z.
MADE_AT = 1_767_225_600.0
REQUESTS = {"a1": ask("one"), "b2": ask("two", "2"), "c3": ask("three", "3")}
PARAMS = [
    {"custom_id": key, "params": {"model": NAME, "max_tokens": 8, "temperature": 0.0,
     "messages": [{"role": "user", "content": request.text}]}}
    for key, request in REQUESTS.items()
]  # fmt: skip


class Messages(HttpModel):
    """As much of the Messages API as a batch sees."""

    def path_of(self, request: Request) -> str:
        return "messages"

    def body_of(self, request: Request) -> dict[str, Any]:
        messages = [{"role": "user", "content": request.text}]
        return {"model": self.spec.name, "max_tokens": 8, "temperature": 0.0, "messages": messages}

    def read(self, reply: HttpReply) -> Response:
        (block,), usage = reply.answer["content"], reply.answer["usage"]
        return Response(
            block["text"], prompt_tokens=usage["input_tokens"], completion_tokens=usage["output_tokens"]
        )


class Server:
    """One workspace; a batch has ended once it was looked at. The second request of a batch fails, the third
    expires."""

    def __init__(self) -> None:
        self.batches: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {}
        self.posted: list[Any] = []
        self.root = ""

    def __call__(self, call: Call) -> Reply:
        path = call.path.removeprefix("/v1/messages/batches").strip("/")
        if call.body is not None:
            self.posted.append(call.body)
            return Reply(self.make(call.body["requests"]))
        if not path:
            newest = [about for _, about in self.batches.values()][::-1]
            return Reply({"data": newest, "has_more": False, "first_id": None, "last_id": None})
        name, _, is_results = path.partition("/")
        requests, about = self.batches[name]
        if is_results:
            lines = [{"custom_id": r["custom_id"], "result": _result(i, r)} for i, r in enumerate(requests)]
            return Reply(b"\n".join(map(orjson.dumps, lines[::-1])))
        counts = {"processing": 0, "succeeded": len(requests) - 2, "errored": 1, "canceled": 0, "expired": 1}
        about |= {"processing_status": "ended", "request_counts": counts, "ended_at": about["created_at"]}
        about["results_url"] = f"{self.root}/v1/messages/batches/{name}/results"
        return Reply(about)

    def make(self, requests: list[dict[str, Any]]) -> dict[str, Any]:
        name = f"msgbatch_{len(self.batches)}"
        counts = dict.fromkeys(("succeeded", "errored", "canceled", "expired"), 0)
        about: dict[str, Any] = {
            "id": name,
            "type": "message_batch",
            "processing_status": "in_progress",
            "request_counts": {"processing": len(requests), **counts},
            "created_at": "2026-01-01T00:00:00.000000+00:00",
            "expires_at": "2026-01-02T00:00:00Z",
            "ended_at": None,
            "cancel_initiated_at": None,
            "archived_at": None,
            "results_url": None,
        }
        self.batches[name] = requests, about
        return about


def _result(number: int, request: dict[str, Any]) -> dict[str, Any]:
    if number == 1:
        error = {"type": "invalid_request_error", "message": "max_tokens: too many"}
        return {"type": "errored", "error": {"type": "error", "error": error, "request_id": "r"}}
    if number == 2:
        return {"type": "expired"}
    text = request["params"]["messages"][-1]["content"]
    text = text if isinstance(text, str) else text[0]["text"]
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": NAME, "stop_sequence": None,
        "content": [{"type": "text", "text": text.upper()}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }  # fmt: skip
    return {"type": "succeeded", "message": message}


def talk(say: Callable[[Server, Batches, str], Awaitable[T]]) -> T:
    async def run() -> T:
        server = Server()
        async with serving(server) as loopback:
            server.root = loopback.base_url.removesuffix("/v1")
            client = JsonClient(loopback.base_url, {}, timeout_s=60.0, is_offline=True)
            model = Messages(ModelSpec.parse(f"anthropic/{NAME}"), client, Vendor("anthropic"), {})
            try:
                return await say(server, AnthropicBatches(model, "messages"), server.root)
            finally:
                await model.close()

    return asyncio.run(run())


async def hand_in(batches: Batches) -> Any:
    items = [batches.item(key, request) for key, request in REQUESTS.items()]
    return await batches.submit(BatchPlan("0123", 3, MADE_AT), items)


def test_a_batch_is_the_one_that_the_sdk_makes_and_its_results_are_those_that_the_sdk_reads() -> None:
    async def say(server: Server, batches: Batches, root: str) -> None:
        handle = await hand_in(batches)
        async with anthropic.AsyncAnthropic(api_key="k", base_url=root, max_retries=0) as client:
            requests: Any = PARAMS
            made = await client.messages.batches.create(requests=requests)
            assert (await client.messages.batches.retrieve(made.id)).processing_status == "ended"
            theirs = {
                e.custom_id: e.result.type async for e in await client.messages.batches.results(made.id)
            }
        by_us, by_sdk = server.posted
        assert by_us == by_sdk
        assert (await batches.poll(handle)).is_ended
        ours = {key: outcome async for key, outcome in batches.collect(handle)}
        assert theirs == {"a1": "succeeded", "b2": "errored", "c3": "expired"}
        answer = ours["a1"]
        assert isinstance(answer, Response)
        assert (answer.output, answer.prompt_tokens, answer.completion_tokens) == ("ONE", 5, 2)
        assert isinstance(ours["b2"], ModelError)
        assert "max_tokens: too many" in str(ours["b2"])
        assert "expired" in str(ours["c3"])

    talk(say)


@pytest.mark.parametrize(
    ("n_items", "planned_at", "n_found"),
    [(3, MADE_AT - 5, 1), (3, MADE_AT + 60, 1), (2, MADE_AT - 5, 0), (3, MADE_AT + 3600, 0)],
    ids=["it", "clocks differ", "another size", "an older one"],
)
def test_a_batch_is_found_by_its_time_and_its_number_of_requests(
    n_items: int, planned_at: float, n_found: int
) -> None:
    async def say(server: Server, batches: Batches, root: str) -> None:
        handle = await hand_in(batches)
        found = await batches.find(BatchPlan("0123", n_items, planned_at))
        assert found == [handle] * n_found

    talk(say)
