"""What a model cannot carry is one error before the first call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.message import Message
from evalkit.core.needs import EVERYTHING, Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.core.task import Task
from evalkit.errors import TaskError
from evalkit.models.model import BaseModel
from evalkit.models.wire.retry import RetryPolicy
from evalkit.runner.asking import Asker
from evalkit.runner.carried import check_carried, needs_of
from evalkit.runner.limit import Limit
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.runner.task_prompt import BARE_PROMPT
from tests.asking import ask
from tests.unit.runner.test_asking import shared

PNG = "data:image/png;base64,iVBORw0KGgo="
LOOK = [
    {"role": "user", "content": [{"type": "text", "text": "{{ input }}"}, {"type": "image", "file": PNG}]}
]
CALLING = [
    {"role": "user", "content": "{{ input }}"},
    {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": {}}}]},
    {"role": "tool", "tool_call_id": "1", "content": "12"},
]
TOOL = {"name": "look", "parameters": {"type": "object"}}


class Double(BaseModel):
    """Answers and counts its calls."""

    spec = ModelSpec.parse("double/one")
    revision: str | None = None
    params: Mapping[str, Any] = {}
    cache_identity: Mapping[str, Any] | None = None
    default_concurrency = 1

    def __init__(self, *carries: Need) -> None:
        self.carries = frozenset(carries)
        self.n_calls = 0

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def respond(self, request: Request) -> Response:
        self.n_calls += 1
        return Response("ok")


def prepared(rows: list[dict[str, Any]] | None = None, **task: Any) -> PreparedTask:
    made = Task(task="t", samples=rows or [{"id": "a", "input": "x"}], **task)
    return prepare(made, lambda spec: spec.rows or ())


def needs(made: PreparedTask) -> set[str]:
    return set(needs_of(made, made.task.prompt or BARE_PROMPT))


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, set()),
        ({"messages": LOOK}, {"image"}),
        ({"messages": LOOK, "choices": ["a", "b"], "scoring": "loglikelihood"}, {"image", "ranked_parts"}),
        ({"messages": CALLING}, {"tools"}),
        ({"messages": CALLING, "choices": ["a", "b"], "scoring": "loglikelihood"}, {"tools", "ranked_parts"}),
        ({"tools": [TOOL]}, {"tools"}),
        ({"response_format": "json_object"}, {"response_format"}),
        ({"reasoning": {"effort": "low", "budget_tokens": 9}}, {"reasoning_effort", "reasoning_budget"}),
    ],
)
def test_what_a_task_needs_is_known_before_it_asks(keys: dict[str, Any], found: set[str]) -> None:
    assert needs(prepared(**keys)) == found


def test_a_conversation_of_one_row_is_looked_at_too() -> None:
    talk = [{"role": "user", "content": [{"type": "image", "file": PNG}]}]
    rows: list[dict[str, Any]] = [{"id": "a", "input": "x"}, {"id": "b", "input": talk}]
    assert needs(prepared(rows)) == {"image"}
    assert needs(prepared(rows, prompt="{{ row.id }}")) == set()


def test_a_model_that_cannot_is_named_with_all_that_is_too_much() -> None:
    made = prepared(messages=LOOK, tools=[TOOL], reasoning="low")
    with pytest.raises(TaskError, match="double/one cannot carry images, a reasoning effort"):
        check_carried(Double("tools"), made, made.task.prompt)
    check_carried(Double(*EVERYTHING), made, made.task.prompt)


def test_a_request_that_is_too_much_is_never_sent() -> None:
    def asked(model: Double, request: Request) -> Response:
        cache, limit = ResponseCache.open(".", "off"), Limit(1)
        asker = Asker(model, shared(model, cache, RetryPolicy()), limit)
        return asyncio.run(asker.ask(request))

    model = Double()
    request = ask(response_schema=ResponseSchema())
    assert "cannot carry a response_format" in str(asked(model, request).error)
    called = ask()
    object.__setattr__(called, "messages", (Message("tool", "x", tool_call_id="1"),))
    assert "cannot carry tools" in str(asked(model, called).error)
    assert model.n_calls == 0
    assert asked(model, ask()).output == "ok"
