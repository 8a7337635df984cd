"""``messages``, ``tools``, ``response_format`` and ``reasoning`` of a task: read, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.core.prompt import PromptPart
from evalkit.core.reasoning import Reasoning, parse_reasoning
from evalkit.core.response_schema import ResponseSchema, parse_response_format
from evalkit.core.task import Task
from evalkit.core.tools import parse_tool_choice, parse_tools
from evalkit.errors import TaskError
from evalkit.tasks.taskfile import load_task_file

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
FULL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA},
}
SHORT: dict[str, Any] = FULL["function"]
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "{{ input }}"}'}}


def made(**keys: Any) -> Task:
    return Task(task="t", samples=[{"id": "a", "input": "x"}], **keys)


def test_a_function_alone_is_short_for_a_tool() -> None:
    assert parse_tools([SHORT]) == parse_tools([FULL]) == (FULL,)


@pytest.mark.parametrize("choice", ["look", {"type": "function", "function": {"name": "look"}}])
def test_the_tool_that_must_be_called_is_named_by_a_word_or_in_full(choice: Any) -> None:
    found = parse_tool_choice(choice, parse_tools([SHORT]))
    assert found == {"type": "function", "function": {"name": "look"}}


@pytest.mark.parametrize("value", ["json_object", {"type": "json_object"}])
def test_a_json_object_of_any_kind_has_no_schema(value: Any) -> None:
    found = parse_response_format(value)
    assert found == ResponseSchema()
    assert found.as_dict() == {"type": "json_object"}


def test_a_json_schema_keeps_its_name_and_strictness() -> None:
    value = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}
    found = parse_response_format(value)
    assert found == ResponseSchema(SCHEMA, "person", True)
    assert found.as_dict() == value


@pytest.mark.parametrize("schema", [SCHEMA, {"type": ["object", "null"]}, {"anyOf": [SCHEMA]}])
def test_a_bare_schema_is_told_by_its_keys(schema: dict[str, Any]) -> None:
    assert parse_response_format(schema) == ResponseSchema(schema)


def test_the_format_text_is_none() -> None:
    assert parse_response_format({"type": "text"}) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("none", Reasoning("none")),
        ("high", Reasoning("high")),
        (2048, Reasoning(budget_tokens=2048)),
        ({"effort": "low", "budget_tokens": 64}, Reasoning("low", 64)),
    ],
)
def test_reasoning_is_an_effort_or_a_number_of_tokens(value: Any, found: Reasoning) -> None:
    assert parse_reasoning(value) == found


def test_parts_and_calls_of_messages_are_read() -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "file": "{{ image }}"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    ]
    turns = made(messages=[{"role": "user", "content": content}]).prompt.turns
    assert turns[0].parts == (
        PromptPart("text", "What is this?"),
        PromptPart("image", "{{ image }}"),
        PromptPart("image", "data:image/png;base64,AAAA"),
        PromptPart("audio", "data:audio/mpeg;base64,AAAA"),
    )


USER = {"role": "user", "content": "{{ input }}"}


@pytest.mark.parametrize(
    ("keys", "key", "said"),
    [
        ({"messages": [USER], "prompt": "{{ input }}"}, "messages", "both prompt and messages"),
        ({"messages": "hello"}, "messages", "not a list of chat messages"),
        ({"messages": []}, "messages", "not a list of chat messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role", "message 1: role 'robot'"),
        ({"messages": [{"role": "usr", "content": "x"}]}, "messages.0.role", "did you mean user"),
        ({"messages": [USER, {"role": "user"}]}, "messages.1.content", "message 2: content None"),
        ({"messages": [{**USER, "nme": "x"}]}, "messages.0.nme", "unknown key 'nme'"),
        ({"messages": [{**USER, "tool_calls": [CALL]}]}, "messages.0.tool_calls", "calls no tools"),
        (
            {"messages": [{"role": "tool", "content": "x"}]},
            "messages.0.tool_call_id",
            "which call it answers",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "imge", "file": "x"}]}]},
            "messages.0.content.0",
            "did you mean image",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "file": b"x"}]}]},
            "messages.0.content.0.file",
            "not a path",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "fil": "x"}]}]},
            "messages.0.content.0.fil",
            "did you mean file",
        ),
        ({"tools": {"name": "look"}}, "tools", "not a list"),
        ({"tools": [{"name": "two words"}]}, "tools.0.name", "cannot be used"),
        ({"tools": [SHORT, SHORT]}, "tools.1", "appears twice"),
        ({"tools": [{**SHORT, "parameter": {}}]}, "tools.0.parameter", "did you mean parameters"),
        ({"tools": [{"type": "custom"}]}, "tools.0", "has no function"),
        ({"tool_choice": "required"}, "tool_choice", "there are none"),
        ({"tools": [SHORT], "tool_choice": "lok"}, "tool_choice", "did you mean look"),
        ({"response_format": {"type": "jsn_schema"}}, "response_format", "cannot be read"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "holds no schema"),
        ({"reasoning": "lots"}, "reasoning", "effort 'lots' is unknown"),
        ({"reasoning": {"budget": 1}}, "reasoning.budget", "did you mean budget_tokens"),
        ({"reasoning": -1}, "reasoning", "tokens >= 0"),
        ({"reasoning": "low", "generate": {"reasoning": "high"}}, "reasoning", "both"),
        (
            {"tools": [SHORT], "choices": ["a", "b"], "scoring": "loglikelihood"},
            "tools",
            "of generated answers",
        ),
    ],
)
def test_what_cannot_be_read_is_one_error_with_its_key(keys: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(TaskError) as caught:
        made(**keys)
    assert caught.value.key == key
    assert said in str(caught.value)


def test_an_error_names_the_line_of_what_is_wrong(tmp_path: Path) -> None:
    text = (
        "task: t\nsamples: [{id: a, input: x}]\nmessages:\n  - {role: user, content: hello}\n"
        "  - role: user\n    content:\n      - {type: text, text: hi}\n      - {type: imag, file: x.png}\n"
    )
    path = tmp_path / "t.eval.yaml"
    path.write_text(text)
    with pytest.raises(TaskError) as caught:
        load_task_file(path)
    assert caught.value.where is not None
    assert caught.value.where.endswith(f":{text.splitlines().index('      - {type: imag, file: x.png}') + 1}")


def test_a_template_in_a_mapping_of_arguments_is_refused() -> None:
    call = {"id": "c1", "function": {"name": "look", "arguments": {"at": "{{ input }}"}}}
    with pytest.raises(TaskError, match="write the arguments as a JSON text"):
        made(messages=[{"role": "assistant", "tool_calls": [call]}])


def test_a_task_reads_alike_from_yaml_and_python() -> None:
    keys = {"messages": [USER], "tools": [SHORT], "tool_choice": "look", "reasoning": "none"}
    again = yaml.safe_load(yaml.safe_dump(keys))
    assert made(**again).task_hash == made(**keys).task_hash
