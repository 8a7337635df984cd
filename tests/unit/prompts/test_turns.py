"""Messages with parts and calls, rendered; conversations of a dataset, put as they stand."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.message import MediaPart, Message, TextPart
from evalkit.core.prompt import Prompt
from evalkit.core.task import Task
from evalkit.errors import TemplateError
from evalkit.prompts.render import PromptRenderer

PNG = b"\x89PNG\r\n\x1a\n and more"
TALK = [
    {"role": "user", "content": "Where is {{ it }}?"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "find", "arguments": {"what": "it"}}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "here", "name": "find"},
    {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image", "file": PNG}]},
]  # fmt: skip
BARE = Prompt.parse("{{ input }}")


def prompt(*messages: dict[str, Any]) -> Prompt:
    task = Task(task="t", samples=[{"input": "x"}], messages=list(messages))
    assert isinstance(task.prompt, Prompt)
    return task.prompt


def test_parts_are_rendered_each_over_the_row() -> None:
    parts = [{"type": "text", "text": "Is it {{ what }}?"}, {"type": "image", "file": "{{ picture }}"}]
    made = PromptRenderer(prompt({"role": "user", "content": parts}))
    (message,) = made.messages({"what": "a cat", "picture": PNG})
    text, image = message.parts
    assert text == TextPart("Is it a cat?")
    assert isinstance(image, MediaPart)
    assert image.media.data == PNG


def test_the_arguments_of_a_call_are_a_template_of_json() -> None:
    call = {"id": "c1", "function": {"name": "find", "arguments": '{"what": {{ what | tojson }}}'}}
    made = PromptRenderer(prompt({"role": "assistant", "tool_calls": [call]}))
    (message,) = made.messages({"what": 'a "cat"'})
    assert message.tool_calls[0]["function"] == {"name": "find", "arguments": '{"what": "a \\"cat\\""}'}


def test_arguments_that_are_no_json_any_more_are_refused() -> None:
    call = {"id": "c1", "function": {"name": "find", "arguments": '{"what": "{{ what }}"}'}}
    made = PromptRenderer(prompt({"role": "assistant", "tool_calls": [call]}))
    with pytest.raises(TemplateError, match="are not JSON once"):
        made.messages({"what": 'a "cat"'})


def test_a_conversation_is_put_as_it_stands() -> None:
    first, calling, answering, last = PromptRenderer(BARE).messages({"input": TALK})
    assert first == Message("user", "Where is {{ it }}?")
    assert calling.tool_calls[0]["function"] == {"name": "find", "arguments": '{"what": "it"}'}
    assert (answering.role, answering.tool_call_id) == ("tool", "c1")
    assert [media.media_type for media in last.media] == ["image/png"]


def test_a_conversation_stands_in_the_place_of_the_turn_that_is_the_input_alone() -> None:
    made = PromptRenderer(Prompt.parse("system:\nBe brief.\nuser:\n{{ input }}"))
    messages = made.messages({"input": TALK[:1]})
    assert messages == (Message("system", "Be brief."), Message("user", "Where is {{ it }}?"))


def test_a_conversation_within_other_text_is_refused() -> None:
    with pytest.raises(TemplateError, match="a list is not a text"):
        PromptRenderer(Prompt.parse("Sum this up: {{ input }}")).messages({"input": TALK})


def test_a_template_may_take_a_text_out_of_a_conversation() -> None:
    made = PromptRenderer(Prompt.parse("{{ input[0].content }}"))
    assert made.messages({"input": TALK}) == (Message("user", "Where is {{ it }}?"),)


def test_solved_conversations_stand_before_the_one_that_is_asked() -> None:
    example = {"input": [{"role": "user", "content": "1 + 1"}], "target": "2"}
    messages = PromptRenderer(BARE).messages({"input": [{"role": "user", "content": "1 + 2"}]}, [example])
    assert messages == (Message("user", "1 + 1"), Message("assistant", "2"), Message("user", "1 + 2"))


def test_solved_examples_of_messages_show_their_own_images() -> None:
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image", "file": "{{ picture }}"}]
    made = PromptRenderer(prompt({"role": "system", "content": "Look."}, {"role": "user", "content": parts}))
    example = {"picture": PNG + b"1", "target": "a cat"}
    system, shown, answer, asked = made.messages({"picture": PNG}, [example])
    assert (system.content, answer) == ("Look.", Message("assistant", "a cat"))
    assert [message.media[0].data for message in (shown, asked)] == [PNG + b"1", PNG]


def test_a_preamble_keeps_the_parts_of_the_system_message() -> None:
    parts = [{"type": "text", "text": "Look."}, {"type": "image", "file": "{{ picture }}"}]
    turns = {"role": "system", "content": parts}, {"role": "user", "content": "What is it?"}
    system, _ = PromptRenderer(prompt(*turns), preamble="First.").messages({"picture": PNG})
    assert system.content == "First.\nLook."
    assert len(system.media) == 1
