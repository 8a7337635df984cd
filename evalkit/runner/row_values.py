"""What is read of a row: its id, its input, and what a task's templates make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evalkit.core.chat import are_messages
from evalkit.core.message import conversation_text
from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.names import names_in
from evalkit.prompts.template import compile_text, compile_value
from evalkit.prompts.turns import conversation

Row = Mapping[str, Any]
Compile = Callable[[str, str], Callable[[Row], Any]]

_NO_TEXT = "no text", "write 'input: \"{{ row.input | tojson }}\"', or take a text out of it"


def row_template(source: str, where: str, compiled: Compile = compile_text) -> Callable[[Row], Any]:
    """A template over a row's fields, and over the row itself as ``row`` unless a field is called so."""
    template = compiled(source, where)
    if "row" not in names_in(source):
        return template
    return lambda row: template(row if "row" in row else {**row, "row": row})


def field_id(row: Row, number: int, where: str) -> str:
    """The row's field ``id``, or its number. Raises TaskError where it is a list or a mapping."""
    value = number if row.get("id") is None else row["id"]
    if type(value) is str:
        return value
    if isinstance(value, list | tuple | Mapping):
        raise TaskError(f"id {seen(value)} is not a text", where=where, hint="write an 'id:' template")
    return str(value)


class InputReader:
    """Reads the input of rows: by the task's template, else from the field of that name.

    A list of chat messages, as the field or as what a template that is one expression gives, is a
    conversation: its messages are asked as they stand.

    Args:
        has_prompt: the task brings a prompt, so that a row needs no input.
    """

    def __init__(self, source: str | None, where: str, media: MediaFiles, *, has_prompt: bool) -> None:
        self._where = where
        self._media = media
        self._has_prompt = has_prompt
        self._text = row_template(source, f"{where}: input") if source else None
        self._value = row_template(source, f"{where}: input", compile_value) if source else None

    def read(self, row: Row) -> tuple[str, Sequence[Mapping[str, Any]] | None]:
        """The input as text, and the conversation that it is, if it is one. Raises TemplateError."""
        if self._text is not None:
            try:
                return str(self._text(row)), None
            except TemplateError:
                value = self._messages_in(row)
                if value is None:
                    raise
                return self._conversation(value)
        value = row.get("input")
        if value is None:
            return self._nothing(row), None
        if type(value) is str or not isinstance(value, list | tuple | Mapping):
            return str(value), None
        if are_messages(value):
            return self._conversation(value)
        what, hint = _NO_TEXT
        raise TemplateError(f"the field 'input' is {what}: {seen(value)}", where=self._where, hint=hint)

    def _messages_in(self, row: Row) -> Any:
        """The chat messages that the template gives where it gives no text."""
        assert self._value is not None
        try:
            value = self._value(row)
        except TemplateError:
            return None
        return value if are_messages(value) else None

    def _conversation(self, value: Any) -> tuple[str, Sequence[Mapping[str, Any]]]:
        try:
            return conversation_text(conversation(value, self._media)), value
        except TemplateError as error:
            raise TemplateError(error.what, where=self._where, hint=error.hint) from None

    def _nothing(self, row: Row) -> str:
        if "input" in row:
            raise TemplateError("the field 'input' is null", where=self._where, hint="give the row an input")
        if self._has_prompt:
            return ""
        raise TemplateError(
            "the row has no field 'input' and the task neither input: nor prompt:",
            where=self._where,
            hint="add 'input: \"{{ field }}\"'; fields: " + ", ".join(row),
        )
