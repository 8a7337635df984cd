"""Turns of a prompt, and messages of a dataset, made into what a Model sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from evalkit.core.chat import parse_messages
from evalkit.core.message import MediaPart, Message, Part, TextPart
from evalkit.core.prompt import PromptCall, PromptPart, PromptTurn
from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.template import compile_text, compile_value

_INPUT_ALONE = re.compile(r"\s*\{\{-?\s*input\s*-?\}\}\s*")

Context = Mapping[str, Any]
#: Compiles a template, or takes a text of a dataset as it stands.
Compile = Callable[[Any], Callable[[Context], Any]]


def compile_turn(turn: PromptTurn, where: str, media: MediaFiles) -> Callable[[Context], Message]:
    """A turn of a prompt as a function from a context to its message. Both raise TemplateError."""
    if turn.is_text:
        role, render = turn.role, compile_text(turn.template, where)
        return lambda context: Message(role, render(context))
    texts, values = partial(_with_place, compile_text, where), partial(_with_place, compile_value, where)
    return _message_maker(turn, texts, values, media)


def conversation(value: Any, media: MediaFiles, key: str = "input") -> tuple[Message, ...]:
    """The messages of a dataset, or of a test, as they stand. Raises TemplateError."""
    try:
        turns = parse_messages(value, key, is_template=False)
    except TaskError as error:
        raise TemplateError(f"{key}: {error.what}", hint=error.hint) from None
    made = []
    for number, turn in enumerate(turns, 1):
        try:
            made.append(_message_maker(turn, _as_it_stands, _as_it_stands, media)({}))
        except TemplateError as error:
            error.what = f"{key}: message {number}: {error.what}"
            raise
    return tuple(made)


def _with_place(compiled: Callable[[str, str], Callable[[Context], Any]], where: str, source: str) -> Any:
    return compiled(source, where)


def _as_it_stands(source: Any) -> Callable[[Context], Any]:
    return lambda context: source


def _message_maker(
    turn: PromptTurn, texts: Compile, values: Compile, media: MediaFiles
) -> Callable[[Context], Message]:
    content = texts(turn.template)
    parts = [_part_maker(part, texts, values, media) for part in turn.parts]
    calls = [_call_maker(call, texts) for call in turn.tool_calls]

    def message(context: Context) -> Message:
        made = tuple([make(context) for make in parts])
        if turn.is_optional:
            made = tuple([each for each in made if isinstance(each, MediaPart) or each.text.strip()])
        plain = Message.of_parts(turn.role, made) if made else Message(turn.role, content(context))
        called = tuple([make(context) for make in calls])
        return Message(plain.role, plain.content, plain.parts, called, turn.tool_call_id)

    return message


def _part_maker(
    part: PromptPart, texts: Compile, values: Compile, media: MediaFiles
) -> Callable[[Context], Part]:
    if part.kind == "text":
        text = texts(part.source)
        return lambda context: TextPart(text(context))
    source, kind = values(part.source), part.kind
    return lambda context: MediaPart(kind, media.read(kind, source(context), part.media_type, part.name))


def _call_maker(call: PromptCall, texts: Compile) -> Callable[[Context], Mapping[str, Any]]:
    arguments = _as_it_stands(call.arguments) if call.is_literal else texts(call.arguments)

    def made(context: Context) -> Mapping[str, Any]:
        text = arguments(context)
        if not call.is_literal:
            _refuse_no_json(call.name, text)
        extra = {} if call.extra is None else {"extra_content": call.extra}
        return {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": text},
            **extra,
        }

    return made


def _refuse_no_json(name: str, text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        what = f"the arguments {seen(text)} of {name} are not JSON once the fields are filled in"
        raise TemplateError(what, hint="write | tojson behind a field") from None


def takes_conversation(turns: Sequence[PromptTurn]) -> bool:
    """Whether a turn is ``{{ input }}`` and nothing else, so that a conversation may stand in its place."""
    return any(map(is_input_alone, turns))


def is_input_alone(turn: PromptTurn) -> bool:
    """Whether a user turn is ``{{ input }}`` and nothing else."""
    return turn.is_text and turn.role == "user" and _INPUT_ALONE.fullmatch(turn.template) is not None
