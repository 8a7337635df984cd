"""Keys of the cache that stores of users hold: written down, so that no answer is paid for twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evalkit.cache.entry import request_digest
from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.tools import parse_tools

SAMPLE = Sample("1", "hello", "t", {"input": "hello", "n": 1}, choices=("a", "b"))
TEXT = Request((Message("user", "hello"),), GenerateParams(), SAMPLE)
ROLES = Request(
    (Message("system", "be brief"), Message("user", "hi")),
    GenerateParams(max_tokens=5, temperature=0.5, stop=("x",), seed=7, top_p=0.9),
    SAMPLE,
    "task",
    1,
    True,
)
TOOL = {"name": "look", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    ("request_", "reads_sample", "digest"),
    [
        (TEXT, False, "3ef3227b4dce75b9993407e8715a8ebd"),
        (ROLES, False, "756f7380bd63b62a901e7c9ac3fddcca"),
        (ROLES, True, "ca8d78d04a9fb4cf8a24f296533d9adb"),
        (replace(TEXT, continuations=(" a", " b")), False, "95e9855e6f0046870469e0867a303416"),
    ],
    ids=["text", "roles", "of an application", "ranking"],
)
def test_a_request_of_text_is_found_by_the_key_that_it_has_always_had(
    request_: Request, reads_sample: bool, digest: str
) -> None:
    assert request_digest(request_, reads_sample=reads_sample).hex() == digest


@pytest.mark.parametrize(
    "changes",
    [
        {"tools": parse_tools([TOOL])},
        {"tools": parse_tools([TOOL]), "tool_choice": "required"},
        {"response_schema": ResponseSchema()},
        {"response_schema": ResponseSchema({"type": "object"})},
        {"response_schema": ResponseSchema({"type": "object"}, strict=True)},
        {"generate": GenerateParams(reasoning=Reasoning("low"))},
        {"generate": GenerateParams(reasoning=Reasoning(budget_tokens=9))},
        {"messages": (Message("user", "hello", tool_call_id="1"),)},
    ],
    ids=["tools", "tool_choice", "json_object", "schema", "strict", "effort", "budget", "tool_call_id"],
)
def test_what_a_request_asks_beside_text_asks_for_another_response(changes: dict[str, Any]) -> None:
    assert request_digest(replace(TEXT, **changes)) != request_digest(TEXT)


def shown(data: bytes, media_type: str = "image/png", name: str = "a.png") -> bytes:
    part = MediaPart("image", Media.of(data, media_type, name))
    return request_digest(replace(TEXT, messages=(Message.of_parts("user", (TextPart("hello"), part)),)))


def test_an_image_counts_by_its_bytes_and_type_and_not_by_its_name() -> None:
    assert shown(b"one") == shown(b"one", name="b.png")
    assert len({shown(b"one"), shown(b"two"), shown(b"one", "image/gif"), request_digest(TEXT)}) == 4
