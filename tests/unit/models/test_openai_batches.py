"""OpenAI's batches on the wire; the vendor's own SDK is the witness that the server is right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import openai
import orjson
import pytest

from evalkit.core.request import GenerateParams
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.batch_model import Batches, BatchModel, BatchPlan
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.asking import ask, rank
from tests.batch_server import BatchServer, serving_batches

T = TypeVar("T")

PLAN = BatchPlan("0123abcd", 2, 0.0)
REQUESTS = {"a1": ask("one"), "b2": ask("two", "2", generate=GenerateParams(max_tokens=9, stop=("x",)))}


def talk(server: BatchServer, say: Callable[[Batches], Awaitable[T]], params: str = "") -> T:
    """What ``say`` brings of the batches of a model on this server."""

    async def run() -> T:
        async with serving_batches(server):
            spec = ModelSpec.parse(f"openai/gpt-x?base_url={server.base_url}{params}")
            model = open_model(spec, ModelSettings(is_offline=True))
            assert isinstance(model, BatchModel)
            try:
                return await say(model.open_batches())
            finally:
                await model.close()

    return asyncio.run(run())


async def hand_in(batches: Batches) -> Any:
    return await batches.submit(PLAN, [batches.item(key, request) for key, request in REQUESTS.items()])


async def collected(batches: Batches) -> dict[str, Response | ModelError]:
    handle = await hand_in(batches)
    await batches.poll(handle)
    return {key: outcome async for key, outcome in batches.collect(handle)}


def with_sdk(server: BatchServer, lines: bytes) -> None:
    """A batch as the SDK makes it, and its answers as the SDK reads them."""

    async def run() -> None:
        async with serving_batches(server):
            client = openai.AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0)
            async with client:
                file = await client.files.create(file=("x.jsonl", lines), purpose="batch")
                batch = await client.batches.create(
                    completion_window="24h",
                    endpoint="/v1/chat/completions",
                    input_file_id=file.id,
                    metadata={"evalkit_batch": PLAN.label},
                )
                assert [each.id async for each in await client.batches.list()] == [batch.id]
                batch = await client.batches.retrieve(batch.id)
                assert batch.status == "completed"
                assert batch.output_file_id is not None
                content = await client.files.content(batch.output_file_id)
                assert {orjson.loads(line)["custom_id"] for line in content.content.splitlines()} == {
                    *REQUESTS
                }

    asyncio.run(run())


def test_file_and_batch_are_those_that_the_sdk_makes() -> None:
    ours, sdk = BatchServer(), BatchServer()
    talk(ours, collected)
    (lines,) = [content for name, content in ours.files.items() if name == "file-1"]
    with_sdk(sdk, lines)
    assert sdk.files["file-1"] == lines
    for server in (ours, sdk):  # nothing else tells two batches apart
        for batch in server.batches.values():
            batch["created_at"] = 0
    assert ours.batches == sdk.batches
    made = [call for call in sdk.calls if call[0] == "POST"]
    assert [call for call in ours.calls if call[0] == "POST"] == made


def test_a_line_holds_the_body_of_a_single_call() -> None:
    """Sent alone through the SDK and by batch through us, a request is one and the same JSON."""
    server = BatchServer()

    async def both(batches: Batches) -> None:
        await hand_in(batches)
        async with openai.AsyncOpenAI(api_key="k", base_url=server.base_url) as client:
            for text, more in (("one", {"max_tokens": 8}), ("two", {"max_tokens": 9, "stop": ["x"]})):
                messages: Any = [{"role": "user", "content": text}]
                options: Any = {"temperature": 0.0, **more}
                await client.chat.completions.create(model="gpt-x", messages=messages, **options)

    talk(server, both)
    assert set(server.asked.values()) == {2}


def test_answers_come_by_id_whatever_their_order() -> None:
    found = talk(BatchServer(), collected)
    assert {key: outcome.output for key, outcome in found.items() if isinstance(outcome, Response)} == {
        "a1": "ONE",
        "b2": "TWO",
    }


def test_a_request_that_failed_is_told_apart_from_the_others() -> None:
    def answer(body: Any) -> tuple[int, Any]:
        if body["messages"][-1]["content"] == "two":
            return 400, {"error": {"message": "too long, says sk-abcdefghijklmnopqrstuvwxyz123456"}}
        return BatchServer().answer(body)

    found = talk(BatchServer(answer), collected)
    assert isinstance(found["a1"], Response)
    assert "HTTP 400 in the batch: too long" in str(found["b2"])
    assert "sk-abc" not in str(found["b2"])


def test_what_a_batch_had_when_it_expired_is_collected() -> None:
    found = talk(BatchServer(ends="expired", n_answered=1), collected)
    assert isinstance(found["a1"], Response)
    assert "This request expired." in str(found["b2"])


def test_a_batch_that_failed_says_why_and_has_no_answers() -> None:
    server = BatchServer(ends="failed", errors=[{"code": "c", "message": "line 1 is not JSON", "line": 1}])

    async def say(batches: Batches) -> tuple[str | None, list[Any]]:
        handle = await hand_in(batches)
        status = await batches.poll(handle)
        assert status.is_ended
        return status.failure, [each async for each in batches.collect(handle)]

    assert talk(server, say) == ("the batch failed: line 1 is not JSON", [])


def test_a_batch_is_found_by_its_label_among_hundreds() -> None:
    server = BatchServer()

    async def say(batches: Batches) -> tuple[Any, Any, Any]:
        handle = await hand_in(batches)
        order = {**server.batches[handle["id"]], "metadata": None}
        for _ in range(250):
            server.add_batch(order)
        return handle, await batches.find(PLAN), await batches.find(replace(PLAN, label="other"))

    handle, found, other = talk(server, say)
    assert found == [handle]
    assert other == []


def test_a_download_that_breaks_says_so_and_can_be_begun_anew() -> None:
    server = BatchServer(breaks_at=40)

    async def say(batches: Batches) -> int:
        handle = await hand_in(batches)
        await batches.poll(handle)
        with pytest.raises(ModelError) as caught:
            [each async for each in batches.collect(handle)]
        assert caught.value.is_retryable
        return len([each async for each in batches.collect(handle)])

    assert talk(server, say) == 2


def test_a_ranking_cannot_be_asked_by_batch() -> None:
    async def say(batches: Batches) -> None:
        with pytest.raises(ModelError, match="no log-likelihoods"):
            batches.item("a", rank("2 + 2 =", "3", "4"))

    talk(BatchServer(), say)
