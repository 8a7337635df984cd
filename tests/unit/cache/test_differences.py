"""Two keys differ in the part that was changed, and in no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evalkit.cache.differences import UNKNOWN, Key, differences
from evalkit.cache.nearest import key_of
from evalkit.cache.parts import Parts
from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.tools import parse_tools
from evalkit.models.model import READS_SAMPLE

IDENTITY = {"provider": "openai", "name": "m", "revision": "r1", "base_url": "http://a", "adapter": 1}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}, "unit": {"type": "string"}}}
REQUEST = Request(
    (Message("system", "Be brief."), Message("user", "What is 1 + 1 in base ten?")),
    GenerateParams(max_tokens=8, stop=("\n",), reasoning=Reasoning("low")),
    Sample("s1", "1 + 1", choices=("2", "3")),
    has_roles=True,
    tools=parse_tools([{"name": "look", "parameters": SCHEMA}, {"name": "add"}]),
    tool_choice="auto",
    response_schema=ResponseSchema(SCHEMA),
)


def image(data: bytes) -> Message:
    return Message.of_parts("user", [TextPart("See"), MediaPart("image", Media.of(data, "image/png"))])


def told(asked: Key, kept: Key) -> list[str]:
    return [f"{each.part}: {change}" for each in differences(asked, kept) for change in each.changes]


def generate(**changes: Any) -> dict[str, Any]:
    return {"generate": replace(REQUEST.generate, **changes)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"messages": (REQUEST.messages[0], Message("user", "What is 1 + 2 in base ten?"))},
            ["message 2 (user): What is 1 + [-1-] {+2+} in base ten?"],
        ),
        (
            {"messages": (Message("system", "Be very brief."), REQUEST.messages[1])},
            ["message 1 (system): Be {+very+} brief."],
        ),
        ({"messages": REQUEST.messages[1:]}, ["message 1 (system): is gone"]),
        ({"messages": (*REQUEST.messages, Message("assistant", "2"))}, ["message 3 (assistant): is new"]),
        (
            {"messages": (REQUEST.messages[0], Message("assistant", REQUEST.messages[1].content))},
            ["message 2 (assistant): role: 'user' -> 'assistant'"],
        ),
        (
            {"messages": (REQUEST.messages[0], replace(REQUEST.messages[1], tool_call_id="7"))},
            ["message 2 (user): calls of tools, or types and names of files"],
        ),
        (generate(temperature=0.5), ["temperature: 0.0 -> 0.5"]),
        (generate(max_tokens=9), ["max_tokens: 8 -> 9"]),
        (generate(seed=3), ["seed: added: 3"]),
        (generate(stop=()), ['stop: removed: ["\\n"]']),
        (generate(reasoning=Reasoning("high")), ["reasoning.effort: 'low' -> 'high'"]),
        (generate(reasoning=None), ['reasoning: removed: {"effort": "low"}']),
        ({"tools": REQUEST.tools[:1]}, ["tool add: is gone"]),
        ({"tools": REQUEST.tools[::-1]}, ["tools: their order"]),
        (
            {"tools": parse_tools([{"name": "look", "parameters": {"type": "array"}}, {"name": "add"}])},
            [
                'tool look: parameters.properties: removed: {"n": {"type": "integer"}, '
                '"unit": {"type": "string"}}',
                "tool look: parameters.type: 'object' -> 'array'",
            ],
        ),
        ({"tool_choice": "none"}, ["tool_choice: 'auto' -> 'none'"]),
        (
            {"response_schema": ResponseSchema({**SCHEMA, "properties": {"n": {"type": "number"}}})},
            [
                "response_format: properties.n.type: 'integer' -> 'number'",
                'response_format: properties.unit: removed: {"type": "string"}',
            ],
        ),
        ({"response_schema": ResponseSchema(SCHEMA, strict=True)}, ["response_format: strict: added: true"]),
        ({"repeat": 1}, ["repeat: 0 -> 1"]),
        ({"has_roles": False}, ["roles of messages: true -> false"]),
        ({"continuations": (" 2", " 3")}, ["way of answering: 'generated' -> 'ranked choices'"]),
    ],
)
def test_a_changed_part_of_the_request_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    assert told(key_of(IDENTITY, replace(REQUEST, **changes)), key_of(IDENTITY, REQUEST)) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("name", "n", "model: 'm' -> 'n'"),
        ("base_url", "http://b", "base_url: 'http://a' -> 'http://b'"),
        ("revision", None, "revision: 'r1' -> null"),
        ("adapter", 2, "adapter version: 1 -> 2"),
    ],
)
def test_a_changed_part_of_the_model_is_named(name: str, value: Any, expected: str) -> None:
    assert told(key_of({**IDENTITY, name: value}, REQUEST), key_of(IDENTITY, REQUEST)) == [expected]


def test_another_image_is_told_by_its_hash() -> None:
    one, other = (replace(REQUEST, messages=(image(data),)) for data in (b"1", b"2"))
    (line,) = told(key_of(IDENTITY, other), key_of(IDENTITY, one))[:1]
    assert line == "message 1 (user): shows sha256:d4735e3a265e, not sha256:6b86b273ff34"


def test_what_an_application_reads_of_the_sample_is_named_by_field() -> None:
    reading = {**IDENTITY, READS_SAMPLE: True}
    other = replace(REQUEST, sample=replace(REQUEST.sample, row={"unit": "kg"}))
    assert told(key_of(reading, other), key_of(reading, REQUEST)) == ["sample: the application reads it: row"]


def test_other_choices_of_a_ranking_are_told() -> None:
    ranked = replace(REQUEST, continuations=(" 2", " 3"))
    other = replace(ranked, continuations=(" 2", " 4"))
    assert told(key_of(IDENTITY, other), key_of(IDENTITY, ranked)) == ["continuations: differ"]


def test_without_texts_lengths_are_told() -> None:
    changed = replace(REQUEST, messages=(REQUEST.messages[0], Message("user", "What?")))
    asked = key_of(IDENTITY, changed)
    kept = replace(key_of(IDENTITY, REQUEST), text=None)
    line = "message 2 (user): the text differs (26 -> 5 characters); the store does not have both"
    assert told(asked, kept) == [line]


def test_a_text_that_is_not_the_one_that_was_sent_is_not_shown() -> None:
    asked = key_of(IDENTITY, replace(REQUEST, messages=(REQUEST.messages[0], Message("user", "What?"))))
    kept = key_of(IDENTITY, REQUEST)
    kept = replace(kept, text=str(kept.text).replace("base", "case"))
    assert "does not have both" in told(asked, kept)[0]


def test_an_entry_whose_parts_were_not_noted_says_that_it_does_not_know() -> None:
    old = replace(key_of(IDENTITY, REQUEST), parts=None, options=None)
    hotter = replace(REQUEST, **generate(temperature=1.0))
    assert told(key_of(IDENTITY, hotter), old) == [f"unknown: {UNKNOWN}"]
    other = replace(REQUEST, messages=(REQUEST.messages[0], Message("user", "What is 1 + 2 in base ten?")))
    assert told(key_of(IDENTITY, other), old) == ["messages: … What is 1 + [-1-] {+2+} in base ten?"]
    assert told(key_of({**IDENTITY, "name": "n"}, REQUEST), old) == ["model: 'm' -> 'n'"]


def test_parts_of_another_form_are_refused() -> None:
    for text in (
        b'[2,"00",[],null,null]',
        b"[1]",
        b"{}",
        b'[1,"zz",[],null,null]',
        b'[1,"00",[[1]],null,null]',
    ):
        with pytest.raises(ValueError, match="cannot be read"):
            Parts.load(text)
