"""Which slices a row of the dataset is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.names import names_in
from evalkit.prompts.template import compile_value

Row = Mapping[str, Any]

#: Characters of a slice's name: it stands in labels of metrics and names of gates.
MAX_LENGTH = 80


def slice_reader(by: str, where: str) -> Callable[[Row], tuple[str, ...]]:
    """From a row to the values that ``by`` gives: one, each entry of a list, or none for null and for a field
    that the row lacks.

    Raises TemplateError, both this and the function, and TaskError on what names no slice.
    """
    read = (lambda row: row.get(by)) if by.isidentifier() else _template(by, where)
    return lambda row: _values(read(row), by, where)


def slices_of(by: str, rows: Iterable[tuple[str, Row]], where: str) -> dict[str, tuple[str, ...]]:
    """Sample id to the values that ``by`` gives."""
    read = slice_reader(by, where)
    found = {}
    for sample_id, row in rows:
        try:
            found[sample_id] = read(row)
        except TemplateError as error:
            raise TemplateError(f"sample {sample_id!r}: {error.what}", where=where, hint=error.hint) from None
    return found


def _template(by: str, where: str) -> Callable[[Row], Any]:
    value = compile_value(by, where)
    sees_row = "row" in names_in(by)

    def read(row: Row) -> Any:
        found = value({**row, "row": row} if sees_row and "row" not in row else row)
        return found.strip() if isinstance(found, str) else found

    return read


def _values(value: Any, by: str, where: str) -> tuple[str, ...]:
    entries = value if isinstance(value, list | tuple | set) else [value]
    return tuple(dict.fromkeys(_text(each, by, where) for each in entries if not is_absent(each)))


def is_absent(value: Any) -> bool:
    """Whether it stands for no value: null, a blank text, and NaN, as tables have it in an empty cell."""
    return value is None or (value.isspace() or not value if isinstance(value, str) else value != value)


def _text(value: Any, by: str, where: str) -> str:
    if not isinstance(value, str | int | float):
        what = f"by {by!r} gives {seen(value)}, which names no slice"
        raise TaskError(what, where=where, hint="give a text, a number, or a list of them")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())
    if len(text) > MAX_LENGTH or not text.isprintable():
        what = f"by {by!r} gives {seen(text)}, which is too long a name for a slice or does not print"
        raise TaskError(what, where=where, hint=f"slice by something of at most {MAX_LENGTH} characters")
    return text
