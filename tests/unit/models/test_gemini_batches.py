"""Gemini's batches on the wire; the vendor's own SDK is the witness that the server is right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from google import genai
from google.genai import types

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.batch_model import Batches, BatchPlan
from evalkit.models.batches.gemini import GeminiBatches
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor
from tests.asking import ask
from tests.loopback import Call, Reply, serving

T = TypeVar("T")

NAME = "gemini-2.5-flash"
PLAN = BatchPlan("0123abcd", 2, 0.0)
REQUESTS = {"a1": ask("one"), "b2": ask("two", "2")}


class Generate(HttpModel):
    """As much of generateContent as a batch sees."""

    def path_of(self, request: Request) -> str:
        return f"models/{self.spec.name}:generateContent"

    def body_of(self, request: Request) -> dict[str, Any]:
        contents = [{"role": "user", "parts": [{"text": request.text}]}]
        return {"contents": contents, "generationConfig": {"maxOutputTokens": 8, "temperature": 0.0}}

    def read(self, reply: HttpReply) -> Response:
        (candidate,), usage = reply.answer["candidates"], reply.answer["usageMetadata"]
        return Response(
            candidate["content"]["parts"][0]["text"],
            prompt_tokens=usage["promptTokenCount"],
            completion_tokens=usage["candidatesTokenCount"],
        )


class Server:
    """One project; a batch has ended once it was looked at, and its second request failed."""

    def __init__(self) -> None:
        self.batches: dict[str, dict[str, Any]] = {}
        self.posted: list[tuple[str, Any]] = []
        self.has_failed = False

    def __call__(self, call: Call) -> Reply:
        if call.body is not None:
            self.posted.append((call.path.rpartition("/models/")[2], call.body))
            return Reply(self.make(call.body["batch"]))
        name = call.path.partition("/batches")[2]
        if not name:
            return Reply({"operations": list(self.batches.values())})
        return Reply(self.ended(self.batches[f"batches{name}"]))

    def make(self, batch: dict[str, Any]) -> dict[str, Any]:
        name = f"batches/{len(self.batches)}"
        requests = batch["inputConfig"]["requests"]["requests"]
        about = {"displayName": batch["displayName"], "state": "BATCH_STATE_PENDING", "requests": requests}
        self.batches[name] = {"name": name, "metadata": about}
        return self.batches[name]

    def ended(self, batch: dict[str, Any]) -> dict[str, Any]:
        about = batch["metadata"]
        if self.has_failed:
            about["state"] = "BATCH_STATE_FAILED"
            return {**batch, "done": True, "error": {"code": 3, "message": "no quota"}}
        answers = [_answer(number, each) for number, each in enumerate(about["requests"])]
        about["state"] = "BATCH_STATE_SUCCEEDED"
        about["batchStats"] = {"requestCount": "2", "successfulRequestCount": "1", "failedRequestCount": "1"}
        about["output"] = {"inlinedResponses": {"inlinedResponses": answers}}
        return {**batch, "done": True}


def _answer(number: int, request: dict[str, Any]) -> dict[str, Any]:
    if number == 1:
        return {"metadata": request.get("metadata"), "error": {"code": 3, "message": "too long"}}
    text = request["request"]["contents"][-1]["parts"][0]["text"].upper()
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
    return {
        "metadata": request.get("metadata"),
        "response": {"candidates": [candidate], "usageMetadata": usage, "modelVersion": NAME},
    }


def talk(say: Callable[[Server, Batches, str], Awaitable[T]]) -> T:
    async def run() -> T:
        server = Server()
        async with serving(server) as loopback:
            client = JsonClient(loopback.base_url, {}, timeout_s=60.0, is_offline=True)
            model = Generate(ModelSpec.parse(f"gemini/{NAME}"), client, Vendor("gemini"), {})
            batches = GeminiBatches(model, f"models/{NAME}")
            try:
                return await say(server, batches, loopback.base_url.removesuffix("/v1"))
            finally:
                await model.close()

    return asyncio.run(run())


async def hand_in(batches: Batches) -> Any:
    return await batches.submit(PLAN, [batches.item(key, request) for key, request in REQUESTS.items()])


def test_a_batch_is_the_one_that_the_sdk_makes_and_its_answers_are_those_that_the_sdk_reads() -> None:
    async def say(server: Server, batches: Batches, root: str) -> None:
        handle = await hand_in(batches)
        options = types.HttpOptions(base_url=root, api_version="v1")
        client = genai.Client(api_key="k", http_options=options)
        requests = [
            types.InlinedRequest(
                contents=[types.Content(role="user", parts=[types.Part(text=request.text)])],
                config=types.GenerateContentConfig(max_output_tokens=8, temperature=0.0),
                metadata={"key": key},
            )
            for key, request in REQUESTS.items()
        ]
        made = await client.aio.batches.create(
            model=NAME, src=requests, config=types.CreateBatchJobConfig(display_name=PLAN.label)
        )
        assert made.name is not None
        theirs = await client.aio.batches.get(name=made.name)
        by_us, by_sdk = server.posted
        assert by_us == by_sdk
        status = await batches.poll(handle)
        assert (status.is_ended, status.n_done, status.failure) == (True, 2, None)
        ours = {key: outcome async for key, outcome in batches.collect(handle)}
        assert theirs.state == types.JobState.JOB_STATE_SUCCEEDED
        assert theirs.dest is not None
        read = theirs.dest.inlined_responses or []
        assert [each.response.text if each.response else None for each in read] == ["ONE", None]
        answer = ours["a1"]
        assert isinstance(answer, Response)
        assert (answer.output, answer.prompt_tokens, answer.completion_tokens) == ("ONE", 5, 2)
        assert "too long" in str(ours["b2"])

    talk(say)


def test_a_batch_is_found_by_its_display_name() -> None:
    async def say(server: Server, batches: Batches, root: str) -> None:
        server.make({"displayName": "another", "inputConfig": {"requests": {"requests": []}}})
        handle = await hand_in(batches)
        assert await batches.find(PLAN) == [handle]
        assert await batches.find(BatchPlan("nobody's", 2, 0.0)) == []

    talk(say)


def test_a_batch_that_failed_is_no_failed_call() -> None:
    async def say(server: Server, batches: Batches, root: str) -> None:
        server.has_failed = True
        handle = await hand_in(batches)
        status = await batches.poll(handle)
        assert (status.is_ended, status.failure) == (True, "the batch ended (FAILED): no quota")
        assert [each async for each in batches.collect(handle)] == []

    talk(say)
