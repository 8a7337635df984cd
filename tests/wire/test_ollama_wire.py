"""``ollama/`` on the wire, with Ollama's own client as the witness."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from ollama import AsyncClient

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.asking import ask, rank
from tests.loopback import Answer, Call, Reply
from tests.wire.expected import assert_streamed_alike, assert_told
from tests.wire.faults import FAULTS
from tests.wire.requests import CALL, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

SPEC = "ollama/m?base_url={root}"
USER = {"role": "user", "content": "Hello."}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Of a city.", "parameters": SCHEMA},
}
ARGUMENTS = {"city": "Paris"}
#: Name of a request -> the same in the words of Ollama's client, ``options`` beside 64 tokens at 0.5.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"messages": [USER]},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, USER]},
    "turns": {
        "messages": [USER, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And now?"}]
    },
    "sampling": {"messages": [USER], "options": {"top_p": 0.9, "stop": ["END"], "seed": 7}},
    "image": {"messages": [{"role": "user", "content": "What is this?", "images": [IMAGE_BASE64]}]},
    "tool_result": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "weather", "arguments": ARGUMENTS}}],
            },
            {"role": "tool", "content": "Sunny.", "tool_name": "weather"},
        ],
        "tools": [TOOL],
    },
    "schema": {"messages": [USER], "format": SCHEMA},
    "effort": {"messages": [USER], "think": "low"},
}

END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 5_000_000_000,
    "load_duration": 2_000_000_000,
    "prompt_eval_count": 8,
    "prompt_eval_duration": 1_000_000_000,
    "eval_count": 5,
    "eval_duration": 2_000_000_000,
}
TAGS = {"models": [{"model": "n:latest", "digest": "1"}, {"model": "m:latest", "digest": "d16e57"}]}


def answer(is_done: bool = True, reason: str = "stop", **message: Any) -> dict[str, Any]:
    head = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", **message}}
    return {**head, **({**END, "done_reason": reason} if is_done else {"done": False})}


def lines(*values: Any, **fields: Any) -> Reply:
    pieces = tuple(orjson.dumps(value) + b"\n" for value in values)
    return Reply(pieces=pieces, headers={"Content-Type": "application/x-ndjson"}, **fields)


def serve(reply: Reply | dict[str, Any], tags: Reply | None = None) -> Answer:
    """Answers to a chat; who asks is told the digests before."""
    chosen = reply if isinstance(reply, Reply) else Reply(reply)

    def answered(call: Call) -> Reply:
        return (tags or Reply(TAGS)) if call.path == "/api/tags" else chosen

    return answered


def told_to_clients(body: dict[str, Any]) -> dict[str, Any]:
    """What Ollama's client knows of a request: it sends an empty list where there are no tools, and drops
    empty texts, and keys in the schema of parameters that its types do not have and the server reads."""
    body = {
        "tools": [],
        **body,
        "messages": [{k: v for k, v in each.items() if v} for each in body["messages"]],
    }
    known = {key: value for key, value in SCHEMA.items() if key != "additionalProperties"}
    body["tools"] = [
        {**each, "function": {**each["function"], "parameters": known}} for each in body["tools"]
    ]
    return body


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_ollamas_client(name: str, is_streamed: bool) -> None:
    options = {"num_predict": 64, "temperature": 0.5, **KEYWORDS[name].get("options", {})}

    async def talk(root: str) -> None:
        async with AsyncClient(host=root) as client:
            keywords: Any = {**KEYWORDS[name], "options": options, "stream": is_streamed}
            told = await client.chat("m", **keywords)
            if is_streamed:
                assert [part async for part in told]

    reply = lines(answer(content="Hi")) if is_streamed else Reply(answer(content="Hi"))
    ours = call_by_us(serve(reply), REQUESTS[name], SPEC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.path, told_to_clients(ours.body)) == (theirs.path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault = FAULTS[name]
    spec = SPEC + ("&stream=1" if is_streamed else "")
    assert_told(fault, serve(fault.reply), spec, is_streamed=is_streamed)


@pytest.mark.parametrize(
    ("reply", "said", "is_retryable"),
    [
        (Reply({"error": "model 'm' not found"}, 404), "not found", False),
        (lines({"error": "runner terminated"}), "runner terminated", True),
        (lines(answer(False, content="Hel"), {"error": "runner terminated"}), "runner terminated", True),
        (lines(answer(False, content="Hel")), "ended in the middle", True),
        (lines(answer(False, content="Hel"), is_truncated=True), "ended in the middle|Client", True),
        (lines({"message": "Hel"}), "unknown form", True),
    ],
)
def test_ollamas_own_errors_are_told(reply: Reply, said: str, is_retryable: bool) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(serve(reply), REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable is is_retryable


def test_a_stream_says_what_the_whole_answer_says_with_its_thinking_apart() -> None:
    stream = lines(
        answer(False, content="", thinking="Let me "),
        answer(False, content="", thinking="see."),
        answer(False, content="Hello"),
        answer(False, content=" there"),
        answer(content=""),
    )
    whole = serve(answer(content="Hello there", thinking="Let me see."))
    found = assert_streamed_alike(serve(stream), whole, REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.prompt_tokens, found.completion_tokens, found.model_revision) == (8, 5, "d16e57")


def test_waiting_for_the_weights_is_no_part_of_the_latency() -> None:
    found, _ = respond(serve(answer(content="Hi")), REQUESTS["plain"], SPEC)
    assert (found.latency_s, found.queue_s) == (3.0, 2.0)


def test_calls_of_tools_have_the_form_of_chat_completions() -> None:
    call = {"id": "c1", "function": {"index": 0, "name": "weather", "arguments": ARGUMENTS}}
    stream = lines(answer(False, content="", tool_calls=[call]), answer(content=""))
    found, _ = respond(serve(stream), ask(tools=(TOOL,)), SPEC + "&stream=1")
    assert found.tool_calls == (CALL,)
    assert (found.finish_reason, found.vendor_finish_reason) == ("tool_calls", "stop")


def test_an_answer_that_was_cut_says_so() -> None:
    found, _ = respond(serve(answer(content="Hel", reason="length")), REQUESTS["plain"], SPEC)
    assert found.finish_reason == "length"


def test_parameters_of_the_spec_stand_where_the_server_reads_them() -> None:
    body = call_by_us(serve(answer(content="Hi")), ask(), SPEC + "&num_ctx=512&keep_alive=5m").body
    assert (body["options"]["num_ctx"], body["keep_alive"]) == (512, "5m")


@pytest.mark.parametrize("tags", [Reply({"models": []}), Reply({}, 404), Reply([1])])
def test_a_server_that_tells_no_digest_is_asked_anyway(tags: Reply) -> None:
    found, _ = respond(serve(answer(content="Hi"), tags), ask(), SPEC)
    assert (found.output, found.model_revision) == ("Hi", None)


def test_a_server_that_is_not_there_is_one_error_before_the_first_call() -> None:
    with pytest.raises(ModelSpecError, match=r"cannot connect.*ollama serve"):
        respond(serve({}), ask(), "ollama/m?base_url=http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("request_", "said"),
    [(REQUESTS["tools"], "no tool_choice but auto"), (rank("a", "b", "c"), "gives no log-likelihoods")],
)
def test_what_ollama_does_not_have_is_refused(request_: Any, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        respond(serve({}), request_, SPEC)


def test_a_revision_that_the_spec_names_is_not_asked_for() -> None:
    found, calls = respond(serve(answer(content="Hi")), ask(), SPEC + "&revision=7")
    assert (found.model_revision, [call.path for call in calls]) == ("7", ["/api/chat"])


@pytest.mark.parametrize(
    ("query", "is_free"),
    [
        ("", True),
        ("?base_url=https://ollama.com", False),
        ("?input_usd_per_mtok=1&output_usd_per_mtok=2", False),
    ],
)
def test_what_this_machine_answers_costs_nothing(query: str, is_free: bool) -> None:
    assert open_model(ModelSpec.parse(f"ollama/m{query}"), ModelSettings()).is_free is is_free
