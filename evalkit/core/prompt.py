"""A named template that turns a Sample into messages."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal

from evalkit.core.frozen import frozen
from evalkit.core.message import MediaKind
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.request import GenerateParams
from evalkit.core.text import seen
from evalkit.errors import TemplateError

Role = Literal["system", "user", "assistant", "tool"]
#: Those that a line of a prompt's text may open.
ROLES: tuple[Role, ...] = ("system", "user", "assistant")

_LEADING_COMMENTS = re.compile(r"\A(?:\s*\{#.*?#\}[ \t]*\n?)+", re.DOTALL)


@frozen
class PromptPart:
    """A piece of a message: text, or where media come from.

    Attributes:
        source: of text the template; of media a template too, over a path, a data URL or bytes of the row. In
            messages of a dataset both stand as they are.
        media_type: as RFC 6838 has it, where the bytes do not tell.
        name: what the file is called, where the source does not tell.
    """

    kind: Literal["text"] | MediaKind
    source: Any
    media_type: str | None = None
    name: str | None = None


@frozen
class PromptCall:
    """A call of a tool that an assistant message holds.

    Attributes:
        arguments: JSON text; in a task file a template of it.
        is_literal: the arguments stand as they are.
        extra: what only the vendor that made the call understands, such as the signature of its thinking
            (``extra_content``); it goes back to that vendor as it came.
    """

    id: str
    name: str
    arguments: str
    is_literal: bool = False
    extra: Mapping[str, Any] | None = None


@frozen
class PromptTurn:
    """One message of a prompt, its content still a Jinja template.

    Attributes:
        template: the text; empty where ``parts`` hold it.
        parts: text and media in order.
        tool_calls: of an assistant message.
        tool_call_id: of a tool message, the call that it answers.
        is_optional: whether a message that is blank once its fields are filled in is left out.
        line: of its source that the template begins on, from 1; None where it is not known.
    """

    role: Role
    template: str
    parts: tuple[PromptPart, ...] = ()
    tool_calls: tuple[PromptCall, ...] = ()
    tool_call_id: str | None = None
    is_optional: bool = False
    line: int | None = field(default=None, compare=False, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether role and template are all there is to it."""
        return not (self.parts or self.tool_calls or self.tool_call_id)

    @property
    def texts(self) -> tuple[str, ...]:
        """The templates whose text goes out."""
        parts = [part.source for part in self.parts if part.kind == "text"]
        calls = [call.arguments for call in self.tool_calls if not call.is_literal]
        return (self.template, *parts, *calls)

    @property
    def media(self) -> tuple[PromptPart, ...]:
        """The parts whose bytes go out."""
        return tuple(part for part in self.parts if part.kind != "text")

    @property
    def templates(self) -> tuple[str, ...]:
        """Everything that may name a field of the row."""
        return (*self.texts, *(part.source for part in self.media))


@frozen
class Prompt:
    """A template with roles.

    Attributes:
        name: its name in options, labels and the store.
        text: the source as written, whose hash is the prompt's identity.
        turns: the messages in order. Text without role lines is one user turn.
        has_roles: whether the source names roles; if not, log-likelihoods are taken on the bare text.
        is_constant: whether it may ask every Sample the same.
        key: the key of the task file that it was written under.
        description: what it is for, from its prompt file.
        variables: the fields that a prompt file declares, in its order; None if it declares none, so that any
            field of a row may be named.
        parameters: the generation parameters that a prompt file sets (those in ``named``), or None. The
            task's own take precedence.
        file: the file that it was read from, or None.
    """

    name: str
    text: str
    turns: tuple[PromptTurn, ...]
    has_roles: bool
    is_constant: bool = False
    key: Literal["prompt", "messages"] = "prompt"
    description: str = ""
    variables: tuple[PromptVariable, ...] | None = None
    parameters: GenerateParams | None = None
    file: Path | None = field(default=None, compare=False)

    @property
    def media(self) -> tuple[PromptPart, ...]:
        """The media parts of all messages."""
        return tuple(part for turn in self.turns for part in turn.media)

    @property
    def prompt_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the source text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @classmethod
    def parse(cls, text: str, name: str = "default") -> Prompt:
        """Split a source on lines that hold only ``system:``, ``user:`` or ``assistant:``.

        The source is split before it is rendered, so text from a row cannot open a role of its own. Text
        without such a line is one user message. Jinja comments at the very beginning (a title, a licence)
        belong to no message. Raises TemplateError if other text stands before the first role.
        """
        turns: list[PromptTurn] = []
        role: Role = "user"
        lines: list[str] = []
        has_roles = False
        body = _LEADING_COMMENTS.sub("", text)
        first = 1 + text.count("\n", 0, len(text) - len(body))
        for number, line in enumerate(body.splitlines(keepends=True), first):
            marker = next((r for r in ROLES if line.strip() == f"{r}:" and not line[:1].isspace()), None)
            if marker is None:
                lines.append(line)
                continue
            if has_roles:
                turns.append(_turn(role, lines, first))
            elif "".join(lines).strip():
                raise TemplateError(
                    f"text stands before the first role line {marker + ':'!r}", hint="move it under a role"
                )
            has_roles, role, lines, first = True, marker, [], number + 1
        turns.append(_turn(role, lines, first, strip=has_roles))
        return cls(name, text, tuple(turns), has_roles)

    @classmethod
    def from_value(cls, value: Any, name: str = "default") -> Prompt:
        """A string, or a list of ``{role: …, content: …}`` mappings -> Prompt. Raises TemplateError."""
        if isinstance(value, str) and value.strip():
            return cls.parse(value, name)
        hint = "write a text, a list of {role: …, content: …}, or {file: …}"
        if not isinstance(value, list | tuple) or not value:
            raise TemplateError(f"prompt {seen(value)} cannot be read", hint=hint)
        turns = []
        for entry in value:
            is_message = isinstance(entry, dict) and set(entry) == {"role", "content"}
            if not is_message or entry["role"] not in ROLES or entry["content"] is None:
                raise TemplateError(f"prompt message {seen(entry)} cannot be read", hint=hint)
            if isinstance(entry["content"], list | dict):
                what = f"the content of prompt message {seen(entry)} is not a text"
                raise TemplateError(what, hint="write 'messages:' in place of 'prompt:' for images")
            turns.append(PromptTurn(entry["role"], str(entry["content"])))
        return cls(name, _source(turns), tuple(turns), True)

    @classmethod
    def of_messages(cls, turns: Sequence[PromptTurn], name: str = "default") -> Prompt:
        """The prompt made of a task's ``messages:``. It asks the same as a ``prompt:`` with the same roles
        and texts, and has the same hash."""
        return cls(name, _source(turns), tuple(turns), True, key="messages")


@frozen
class PromptFile:
    """A prompt that a task names by its file, not read yet.

    Attributes:
        path: relative to the folder of the task file.
        is_constant: as of Prompt.
    """

    path: str
    is_constant: bool = False


def parse_prompt(value: Any) -> Prompt | PromptFile | None:
    """What a task's ``prompt:`` says: a text, a list of messages, ``{file: PATH}``, or ``{text: …}``; the
    latter two also with ``constant: true``. Raises TemplateError."""
    if value is None or isinstance(value, Prompt | PromptFile):
        return value
    if not isinstance(value, Mapping):
        return Prompt.from_value(value)
    hint = "write {file: PATH} or {text: …}, and 'constant: true' where it asks every sample the same"
    if set(value) - {"file", "text", "constant"} or ("file" in value) == ("text" in value):
        raise TemplateError(f"prompt {seen(value)} cannot be read", hint=hint)
    is_constant = value.get("constant", False)
    if not isinstance(is_constant, bool):
        raise TemplateError(f"prompt constant {seen(is_constant)} is not true or false", hint=hint)
    if "text" in value:
        return replace(Prompt.from_value(value["text"]), is_constant=is_constant)
    path = value["file"]
    if not isinstance(path, str) or not path.strip() or not path.isprintable():
        raise TemplateError(f"prompt file {seen(path)} is not a path", hint=hint)
    return PromptFile(path, is_constant)


def _source(turns: Sequence[PromptTurn]) -> str:
    return "\n".join(
        f"{turn.role}:\n{turn.template}" if turn.is_text else f"{turn.role}: {_rest(turn)}" for turn in turns
    )


def _call_source(call: PromptCall) -> dict[str, Any]:
    extra = {} if call.extra is None else {"extra_content": call.extra}
    return {"id": call.id, "name": call.name, "arguments": call.arguments, **extra}


def _rest(turn: PromptTurn) -> str:
    """What is more than text, as JSON on one line."""
    parts = [
        {key: value for key, value in vars(part).items() if value is not None} for part in turn.parts
    ] or turn.template
    calls = [_call_source(call) for call in turn.tool_calls]
    more = {"content": parts, "tool_calls": calls, "tool_call_id": turn.tool_call_id}
    return json.dumps({key: value for key, value in more.items() if value}, ensure_ascii=False)


def _turn(role: Role, lines: list[str], line: int, *, strip: bool = True) -> PromptTurn:
    text = "".join(lines)
    if not strip:
        return PromptTurn(role, text, line=line)
    return PromptTurn(role, text.strip("\n"), line=line + len(text) - len(text.lstrip("\n")))
