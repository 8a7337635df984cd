"""What a person is shown: nothing is lost, nothing is obeyed, and forms are told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.response import Response
from evalkit.review.rendering.kinds import kind_of, pretty_json
from evalkit.review.rendering.markdown import MOST_CHARS, Node, markdown_tree
from evalkit.review.rendering.shown import (
    shown_messages,
    shown_response,
    shown_target,
    shown_text,
)


def elements(nodes: list[Node], tag: str) -> list[dict[str, Any]]:
    """All elements of a tag, at any depth."""
    inner = [node for node in nodes if isinstance(node, dict)]
    return [e for node in inner for e in [node, *elements(node["children"], tag)] if e["tag"] == tag]


def text_of(nodes: list[Node]) -> str:
    return "".join(node if isinstance(node, str) else text_of(node["children"]) for node in nodes)


def tree(text: str) -> list[Node]:
    found = markdown_tree(text)
    assert found is not None
    return found


def first(shown: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = shown["messages"][0]["parts"][0]
    return part


@pytest.mark.parametrize(
    "text, tag",
    [
        ("a **b**", "strong"), ("a *b*", "em"), ("~~a~~", "s"), ("`a`", "code"), ("```py\na\n```", "pre"),
        ("# a", "heading"), ("> a", "blockquote"), ("- a", "ul"), ("2. a", "ol"), ("---", "hr"),
        ("| a |\n|---|\n| 1 |", "table"), ("one\ntwo", "br"), ("[a](https://b.org)", "a"),
        ("这是**重点**内容", "strong"),
    ],
)  # fmt: skip
def test_markdown_becomes_elements(text: str, tag: str) -> None:
    assert elements(tree(text), tag)


@pytest.mark.parametrize(
    "text", ["2*3*4 = 24", "x**2 + y**2", r"\(a_1\)", "<b>bold</b>", "&lt;b&gt;", "[a]: http://b.org"]
)
def test_what_only_looks_like_markup_stays_as_it_was_written(text: str) -> None:
    assert text_of(tree(text)) == text


@pytest.mark.parametrize("text", ["|a|b|\n|-|-|\n|1|2|3|", '[a](http://b.org "title")', "> " * 200 + "deep"])
def test_a_text_of_which_something_would_be_lost_is_none_of_markdown(text: str) -> None:
    assert markdown_tree(text) is None


def test_a_very_long_text_is_none_of_markdown() -> None:
    assert markdown_tree("a" * (MOST_CHARS + 1)) is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,a", "file:///etc/passwd", "//evil.org", "/api/undo"]
)
def test_only_the_web_and_mail_are_linked(address: str) -> None:
    nodes = tree(f"[a]({address}) ![b]({address}) <{address}>")
    assert not elements(nodes, "a")
    assert address in text_of(nodes)


def test_an_image_of_elsewhere_is_a_link_and_nothing_that_loads() -> None:
    nodes = tree("![a cat](https://evil.org/cat.png)")
    assert [node["href"] for node in elements(nodes, "a")] == ["https://evil.org/cat.png"]
    assert not elements(nodes, "img")


def test_items_keep_the_numbers_that_they_were_given() -> None:
    assert [item["value"] for item in elements(tree("3. a\n1. b"), "li")] == [3, 1]


@given(st.text(alphabet="ab1 *_`~>#-|[]()<!&;\\\n.", max_size=60))
def test_no_letter_and_no_digit_is_ever_lost(text: str) -> None:
    nodes = markdown_tree(text)
    if nodes is not None:
        everything = json.dumps(nodes)
        assert all(everything.count(sign) >= text.count(sign) for sign in "b1")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_in_lines_has_the_same_value(value: Any) -> None:
    text = json.dumps(value)
    pretty = pretty_json(text)
    assert (pretty is not None) == isinstance(value, dict | list)
    if pretty is not None:
        assert json.loads(pretty) == value


def test_json_in_lines_keeps_numerals_and_doubled_names() -> None:
    assert pretty_json('{"a":1.10,"a":1e400,"b":[]}') == '{\n  "a": 1.10,\n  "a": 1e400,\n  "b": []\n}'


@pytest.mark.parametrize(
    "text, kind",
    [
        ('{"a": 1}', "json"), ("[1, 2]", "json"), ("[citation needed]", "markdown"), ("{", "markdown"),
        ("[" * 9000 + "]" * 9000, "markdown"),
        ("\ndef add(a, b):\n    return a + b", "code"), ("import numpy as np", "code"),
        ("#include <stdio.h>", "code"),
        ("Import duties rose.", "markdown"), ("import duties rose", "markdown"),
        ("class struggle (1848)", "markdown"),
        ("Here it is:\n```py\ndef a(): ...\n```", "markdown"), ("", "markdown"),
    ],
)  # fmt: skip
def test_the_form_of_a_text_is_told_by_how_it_begins(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_characters_that_cannot_be_seen_are_shown_by_number() -> None:
    for kind in ("a\u202eb", '["a\u202eb"]', "def f():\n  '\u202e'"):
        assert "\u202e" not in json.dumps(shown_text(kind), ensure_ascii=False)
        assert "[U+202E]" in first(shown_text(kind))["text"]


def test_half_a_surrogate_pair_reaches_no_page() -> None:
    json.dumps(shown_text("lone \ud800"), ensure_ascii=False).encode()


def test_a_conversation_keeps_roles_media_and_calls_and_folds_what_all_samples_share() -> None:
    image = MediaPart("image", Media.of(b"png", "image/png", "chart.png"))
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    shown = shown_messages([
        Message("system", "Be brief."),
        Message.of_parts("user", [TextPart("What is this?"), image]),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "2", tool_call_id="c"),
    ])["messages"]  # fmt: skip
    assert [message["role"] for message in shown] == ["system", "user", "assistant", "tool"]
    assert [message["is_folded"] for message in shown] == [True, False, False, False]
    picture = {"type": "image", "url": f"/media/{image.media.sha256}", "alt": "image chart.png"}
    assert shown[1]["parts"][1] == picture
    assert (shown[2]["parts"][0]["name"], shown[2]["parts"][0]["arguments"]["type"]) == ("add", "json")


def test_an_answer_is_shown_once_where_its_last_step_says_it() -> None:
    steps = (
        Message("assistant", "", tool_calls=({"name": "look", "args": {}},)),
        Message("assistant", "Four."),
    )
    roles = [m["role"] for m in shown_response(Response("Four.", trajectory=steps))["messages"]]
    assert roles == ["assistant", "assistant"]
    assert len(shown_response(Response("Five.", trajectory=steps))["messages"]) == 3


def test_an_error_is_shown_in_place_of_an_answer() -> None:
    message = shown_response(Response(error="timed out"))["messages"][0]
    assert (message["role"], message["parts"][0]["text"]) == ("error", "timed out")


def test_nothing_of_a_response_tells_what_answered() -> None:
    response = Response(
        "a", model_revision="rev-9", cost_source="openai", request_id="req-9", reasoning="as gpt-9 I think"
    )
    assert "9" not in json.dumps(shown_response(response))


@pytest.mark.parametrize("target", [None, "", []])
def test_no_target_is_shown_as_none(target: Any) -> None:
    assert shown_target(target) is None


def test_a_target_of_several_texts_shows_each_and_a_zero_is_a_target() -> None:
    assert len(shown_target(["a", "b"])["messages"][0]["parts"]) == 2  # type: ignore[index]
    assert first(shown_target(0))["text"] == "0"  # type: ignore[arg-type]
