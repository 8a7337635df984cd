"""What is read of a row: its id, its input, and what a task's templates make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.names import names_in
from evalkit.prompts.template import compile_text

Row = Mapping[str, Any]
Compile = Callable[[str, str], Callable[[Row], Any]]

_MESSAGES = (
    "a list of chat messages",
    "take its texts out: 'input: \"{{ row.input[-1].content }}\"', and roles in 'prompt:'",
)
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


def input_text(value: Any, where: str) -> str:
    """The row's field ``input`` as text. Raises TemplateError where it is chat messages, or no text at all:
    a model would be asked with what Python writes for it."""
    if type(value) is str or not isinstance(value, list | tuple | Mapping):
        return str(value)
    parts = value if isinstance(value, list | tuple) else ()
    are_messages = any(isinstance(each, Mapping) and "role" in each for each in parts)
    what, hint = _MESSAGES if are_messages else _NO_TEXT
    raise TemplateError(f"the field 'input' is {what}: {seen(value)}", where=where, hint=hint)
