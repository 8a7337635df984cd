"""What a request asks of a Model beside text in and text out, so that nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

from evalkit.core.message import MediaPart, Message
from evalkit.core.prompt import PromptTurn
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.tools import Tool

Need = Literal[
    "image", "audio", "file", "tools", "response_format", "reasoning_effort", "reasoning_budget",
    "ranked_parts",
]  # fmt: skip

#: All there is: of models that hand the whole request on.
EVERYTHING: frozenset[Need] = frozenset(get_args(Need))

#: Those that are parameters: a model may go without them, and the messages stay whole.
PARAMETERS: frozenset[Need] = frozenset({"reasoning_effort", "reasoning_budget"})

#: Generation parameters that some models have no place for.
Knob = Literal["temperature", "top_p", "stop", "seed"]

_WORDS: dict[Need, str] = {
    "image": "images",
    "audio": "audio",
    "file": "files",
    "tools": "tools",
    "response_format": "a response_format",
    "reasoning_effort": "a reasoning effort",
    "reasoning_budget": "a reasoning budget in tokens",
    "ranked_parts": "choices ranked after images, audio, files or calls of tools",
}


def request_needs(request: Request) -> frozenset[Need]:
    """What one request needs; most need nothing, which is found out fast."""
    reasoning = request.generate.reasoning
    is_plain = not request.tools and request.response_schema is None and reasoning is None
    if is_plain and all(message.is_text for message in request.messages):
        return frozenset()
    needs = option_needs(request.tools, request.response_schema, reasoning)
    return needs | message_needs(request.messages, is_ranked=request.continuations is not None)


def option_needs(
    tools: Sequence[Tool], schema: ResponseSchema | None, reasoning: Reasoning | None
) -> frozenset[Need]:
    """What the parameters of a request need."""
    needs: set[Need] = set()
    if tools:
        needs.add("tools")
    if schema is not None:
        needs.add("response_format")
    if reasoning is not None and reasoning.effort is not None:
        needs.add("reasoning_effort")
    if reasoning is not None and reasoning.budget_tokens is not None:
        needs.add("reasoning_budget")
    return frozenset(needs)


def message_needs(messages: Sequence[Message], *, is_ranked: bool) -> frozenset[Need]:
    """What messages need."""
    needs: set[Need] = {
        part.kind for message in messages for part in message.parts if isinstance(part, MediaPart)
    }
    if any(message.tool_calls or message.tool_call_id for message in messages):
        needs.add("tools")
    return _with_ranking(needs, is_ranked)


def turn_needs(turns: Sequence[PromptTurn], *, is_ranked: bool) -> frozenset[Need]:
    """What messages need that are not rendered yet."""
    needs: set[Need] = {part.kind for turn in turns for part in turn.media if part.kind != "text"}
    if any(turn.tool_calls or turn.tool_call_id for turn in turns):
        needs.add("tools")
    return _with_ranking(needs, is_ranked)


def generation_knobs(generate: GenerateParams) -> frozenset[Knob]:
    """The generation parameters that a Task sets itself. A temperature that nobody wrote is none: where a
    model has no temperature, it answers as it does without one."""
    knobs: set[Knob] = set()
    if "temperature" in generate.named or generate.temperature:
        knobs.add("temperature")
    if generate.top_p is not None:
        knobs.add("top_p")
    if generate.stop:
        knobs.add("stop")
    if generate.seed is not None:
        knobs.add("seed")
    return frozenset(knobs)


def _with_ranking(needs: set[Need], is_ranked: bool) -> frozenset[Need]:
    return frozenset(needs | {"ranked_parts"} if needs and is_ranked else needs)


def needs_text(needs: Collection[Need]) -> str:
    """``images, tools``."""
    return ", ".join(words for need, words in _WORDS.items() if need in needs)
