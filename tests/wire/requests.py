"""The requests that every provider is shown to put on the wire as its vendor's own client does."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.tools import parse_tool_choice, parse_tools

IMAGE = Media.of(b"\x89PNG\r\n\x1a\n", "image/png", "cat.png")
IMAGE_BASE64 = "iVBORw0KGgo="
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}
TOOLS = parse_tools([{"name": "weather", "description": "Of a city.", "parameters": SCHEMA}])

_SAMPLE = Sample("1", "hi")
_GENERATE = GenerateParams(max_tokens=64, temperature=0.5)
_USER = Message("user", "Hello.")


def _request(*messages: Message, generate: GenerateParams = _GENERATE, **fields: object) -> Request:
    return Request(messages, generate, _SAMPLE, has_roles=True, **fields)  # type: ignore[arg-type]


#: Name -> request. All ask for at most 64 tokens at temperature 0.5.
REQUESTS: Mapping[str, Request] = {
    "plain": _request(_USER),
    "system": _request(Message("system", "Be brief."), _USER),
    "turns": _request(_USER, Message("assistant", "Hi."), Message("user", "And now?")),
    "sampling": _request(
        _USER, generate=GenerateParams(max_tokens=64, temperature=0.5, top_p=0.9, stop=("END",), seed=7)
    ),
    "image": _request(Message.of_parts("user", (TextPart("What is this?"), MediaPart("image", IMAGE)))),
    "tools": _request(_USER, tools=TOOLS, tool_choice=parse_tool_choice("weather", TOOLS)),
    "tool_result": _request(
        _USER,
        Message("assistant", "", (), (CALL,)),
        Message("tool", "Sunny.", tool_call_id="c1"),
        tools=TOOLS,
    ),
    "schema": _request(_USER, response_schema=ResponseSchema(SCHEMA, "place", True)),
    "effort": _request(
        _USER, generate=GenerateParams(max_tokens=64, temperature=0.5, reasoning=Reasoning("low"))
    ),
    "budget": _request(
        _USER,
        generate=GenerateParams(max_tokens=4096, temperature=1.0, reasoning=Reasoning(budget_tokens=2048)),
    ),
}
