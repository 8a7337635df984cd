"""``anthropic/NAME``: Anthropic's Messages API and servers that speak it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from evalkit.core.needs import EVERYTHING, Knob
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.wire.anthropic_messages import (
    anthropic_messages,
    anthropic_tool,
    anthropic_tool_choice,
    system_of,
)
from evalkit.models.wire.anthropic_stream import AnthropicJoiner
from evalkit.models.wire.chat_completions import EXTRA
from evalkit.models.wire.http import HttpReply
from evalkit.models.wire.http_model import HttpModel, Vendor

if TYPE_CHECKING:
    from evalkit.models.batches.anthropic import AnthropicBatches

#: The version of the API that has no sampling parameters, and the one before, which has.
_PRESENT, _SAMPLED = "2026-10-21", "2023-06-01"
_SAMPLING: frozenset[Knob] = frozenset({"temperature", "top_p"})

VENDOR = Vendor(
    "anthropic",
    "https://api.anthropic.com/v1",
    "ANTHROPIC_API_KEY",
    key_headers=lambda key: {"x-api-key": key},
    headers={"anthropic-version": _PRESENT},
    carries=EVERYTHING - {"audio", "ranked_parts"},
    lacks=frozenset({"temperature", "top_p", "seed"}),
    batches=True,
)

#: The last version of Claude that takes a temperature, and budgets of thinking.
_LAST_SAMPLED = (4, 6)
#: The first that thinks, and the first that decides how much by an effort.
_FIRST_THINKING, _FIRST_ADAPTIVE = (3, 7), (4, 6)
#: Of versions without a number in their name: the newest.
_NEWEST = (99, 0)
_VERSION = re.compile(r"claude-(?:[a-z]+-)*(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)")

_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_MIN_BUDGET = 1024
_MIN_TOP_P = 0.95


def open_model(spec: ModelSpec, settings: ModelSettings) -> AnthropicModel:
    """``?base_url=`` names another server that speaks the protocol."""
    version = claude_version(spec.name)
    vendor = vendor_of(spec.name, version)
    params = vendor.read(spec)
    model = AnthropicModel(spec, vendor.client(spec, settings, params), vendor, params)
    model.is_adaptive = version is None or version >= _FIRST_ADAPTIVE
    return model


def claude_version(name: str) -> tuple[int, int] | None:
    """``(4, 5)`` of ``claude-sonnet-4-5-20250929``; None of a model that is not a Claude model."""
    if "claude" not in name:
        return None
    found = _VERSION.search(name)
    return _NEWEST if found is None else (int(found[1]), int(found[2] or 0))


def vendor_of(name: str, version: tuple[int, int] | None) -> Vendor:
    """What a model takes. One that is not a Claude model takes all that the protocol ever had."""
    if version is not None and version > _LAST_SAMPLED:
        return replace(VENDOR, carries=VENDOR.carries - {"reasoning_budget"})
    carries = VENDOR.carries
    if version is not None and version < _FIRST_ADAPTIVE and not (version == (4, 5) and "opus" in name):
        carries -= {"reasoning_effort"}
    if version is not None and version < _FIRST_THINKING:
        carries -= {"reasoning_budget"}
    headers = {"anthropic-version": _SAMPLED}
    return replace(VENDOR, headers=headers, carries=carries, lacks=VENDOR.lacks - _SAMPLING)


class AnthropicModel(HttpModel):
    """Messages, with thinking apart from the answer.

    Attributes:
        is_adaptive: whether the model decides itself how much it thinks, where no budget is set.
    """

    is_adaptive: bool = True

    def path_of(self, request: Request) -> str:
        return "messages"

    def open_batches(self) -> AnthropicBatches:
        """``--llm-batch``: message batches."""
        from evalkit.models.batches.anthropic import AnthropicBatches

        return AnthropicBatches(self, "messages")

    def joiner(self) -> AnthropicJoiner:
        return AnthropicJoiner()

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        if schema is not None and schema.schema is None:
            what = f"{self.spec.text} has no JSON object of any kind"
            raise ModelError(what, kind="missing", hint="write the JSON Schema of the answer")
        if any(not text.strip() for text in generate.stop):
            raise ModelError(f"{self.spec.text} takes no stop text of white space alone", kind="missing")
        self._check_thinking(generate)
        if self.takes("temperature"):
            self._check_sampling(generate)

    def _check_thinking(self, generate: GenerateParams) -> None:
        reasoning = generate.reasoning
        if reasoning is None:
            return
        effort, budget = reasoning.effort, reasoning.budget_tokens
        if effort is not None and self.takes("reasoning_effort") and effort not in ("none", *_EFFORTS):
            what = f"{self.spec.text} has no reasoning effort {effort}"
            raise ModelError(what, kind="missing", hint=f"write one of none, {', '.join(_EFFORTS)}")
        if not budget or not self.takes("reasoning_budget"):
            return
        if budget < _MIN_BUDGET:
            what = f"{self.spec.text} thinks with {_MIN_BUDGET} tokens or more, and the budget is {budget}"
            raise ModelError(what, kind="missing", hint="raise reasoning.budget_tokens, or write 0")
        max_tokens = self._max_tokens(generate)
        if budget >= max_tokens:
            what = f"a thinking budget of {budget} tokens leaves nothing of {max_tokens} max_tokens"
            raise ModelError(what, kind="missing", hint="raise generate.max_tokens above the budget")

    def _check_sampling(self, generate: GenerateParams) -> None:
        temperature, is_asked = self.temperature_of(generate)
        top_p = self.set_by_spec.get("top_p", generate.top_p)
        if is_asked and top_p is not None:
            what = f"{self.spec.text} takes a temperature or a top_p, not both"
            raise ModelError(what, kind="missing", hint="leave one out")
        if not _thinks(self._thinking(generate.reasoning)):
            return
        if is_asked and temperature != 1:
            what = f"{self.spec.text} has temperature 1 where it thinks, and {temperature:g} is asked for"
            raise ModelError(what, kind="missing", hint="leave the temperature out, or the reasoning")
        if top_p is not None and top_p < _MIN_TOP_P:
            what = f"{self.spec.text} has a top_p of {_MIN_TOP_P:g} to 1 where it thinks, not {top_p:g}"
            raise ModelError(what, kind="missing", hint="leave top_p out, or the reasoning")

    def body_of(self, request: Request) -> dict[str, Any]:
        generate = request.generate
        self.check_options(generate, request.response_schema)
        system, messages = system_of(request.messages)
        body: dict[str, Any] = {"model": self.spec.name, "messages": anthropic_messages(messages)}
        body["max_tokens"] = self._max_tokens(generate)
        if system is not None:
            body["system"] = system
        if generate.stop:
            body["stop_sequences"] = generate.stop
        thinking = self._thinking(generate.reasoning)
        if thinking is not None:
            body["thinking"] = thinking
        if output := self._output_config(generate.reasoning, request.response_schema):
            body["output_config"] = output
        if request.tools:
            body["tools"] = [anthropic_tool(tool) for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = anthropic_tool_choice(request.tool_choice)
        body.update(self._sampling(generate, _thinks(thinking)))
        return body

    def _max_tokens(self, generate: GenerateParams) -> int:
        return int(self.set_by_spec.get("max_tokens", generate.max_tokens))

    def _sampling(self, generate: GenerateParams, is_thinking: bool) -> dict[str, Any]:
        if not self.takes("temperature"):
            return {}
        temperature, is_asked = self.temperature_of(generate)
        top_p = self.set_by_spec.get("top_p", generate.top_p)
        found: dict[str, Any] = {} if top_p is None else {"top_p": top_p}
        if is_asked or (top_p is None and not is_thinking):
            found["temperature"] = temperature
        return found

    def _thinking(self, reasoning: Reasoning | None) -> dict[str, Any] | None:
        """Off at a budget of 0 or no effort; by a budget; or as the model decides, the text of it asked for:
        newer models do not show it unasked."""
        if reasoning is None:
            return None
        budget = reasoning.budget_tokens if self.takes("reasoning_budget") else None
        effort = reasoning.effort if self.takes("reasoning_effort") else None
        if budget == 0 or effort == "none":
            return {"type": "disabled"}
        if budget is not None:
            return {"type": "enabled", "budget_tokens": budget}
        if effort is None or not self.is_adaptive:
            return None
        return {"type": "adaptive", "display": "summarized"}

    def _output_config(self, reasoning: Reasoning | None, schema: ResponseSchema | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if reasoning is not None and reasoning.effort in _EFFORTS and self.takes("reasoning_effort"):
            found["effort"] = reasoning.effort
        if schema is not None:
            found["format"] = {"type": "json_schema", "schema": schema.schema}
        return found

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        blocks, reason, usage = answer["content"], answer["stop_reason"], answer.get("usage") or {}
        details = answer.get("stop_details") or {}
        text = "".join([block["text"] for block in blocks if block["type"] == "text"])
        prompt_tokens, completion_tokens = _prompt_tokens(usage), usage.get("output_tokens")
        request_id = reply.headers.get("request-id") or answer.get("id")
        return Response(
            # A classifier that ends an answer says why, and nothing else.
            text or (details.get("explanation") if reason == "refusal" else None) or "",
            finish_reason=reason,
            vendor_finish_reason=reason,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            tool_calls=_tool_calls(blocks),
            model_revision=answer.get("model"),
            cached_tokens=usage.get("cache_read_input_tokens"),
            cache_write_tokens=usage.get("cache_creation_input_tokens"),
            reasoning_tokens=(usage.get("output_tokens_details") or {}).get("thinking_tokens"),
            reasoning="\n\n".join(
                [block["thinking"] for block in blocks if block["type"] == "thinking" and block["thinking"]]
            )
            or None,
            request_id=request_id,
        )


def _thinks(thinking: Mapping[str, Any] | None) -> bool:
    return thinking is not None and thinking["type"] != "disabled"


def _prompt_tokens(usage: Mapping[str, Any]) -> int | None:
    """All of them: the vendor counts what it read from its cache, and wrote to it, apart."""
    counted = usage.get("input_tokens")
    if counted is None:
        return None
    apart = ("cache_read_input_tokens", "cache_creation_input_tokens")
    return int(counted + sum(usage.get(name) or 0 for name in apart))


def _tool_calls(blocks: list[dict[str, Any]]) -> tuple[dict[str, Any], ...] | None:
    """Calls in the form of chat completions; the first keeps the signed thinking that led to them, which the
    vendor wants back where the conversation goes on."""
    calls = [
        {
            "id": block["id"],
            "type": "function",
            "function": {"name": block["name"], "arguments": _arguments(block["input"])},
        }
        for block in blocks
        if block["type"] == "tool_use"
    ]
    thoughts = [block for block in blocks if block["type"] in ("thinking", "redacted_thinking")]
    if calls and thoughts:
        calls[0] = {**calls[0], EXTRA: {"anthropic": {"thinking_blocks": thoughts}}}
    return tuple(calls) or None


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
