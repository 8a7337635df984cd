"""Slices: the samples of a task that have something in common, each held to a gate of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.text import seen
from evalkit.errors import TaskError

#: The field of the rows whose entries are each a slice.
TAGS = "tags"
#: A field's name, alone or as a template that gives it. Compiled at use: most sessions slice nothing.
_FIELD = r"\s*(?:\{\{\s*([A-Za-z_]\w*)\s*\}\}|([A-Za-z_]\w*))\s*"
_BRACES = r"\{\{\s*(.*?)\s*\}\}"
_HINT = "write 'by: FIELD', 'by: tags' or 'by: \"{{ … }}\"', a template over the row"


@frozen(slots=True)
class Slice:
    """The samples for which ``by`` gives ``value``.

    Attributes:
        by: ``tags``, the name of a field, or a template over the row.
        value: as text; a sample of which ``by`` gives a list is in the slice of each entry.
    """

    by: str
    value: str

    @property
    def text(self) -> str:
        """``language=de``; of a template what stands in its braces."""
        return f"{shown_by(self.by)}={self.value}"

    @classmethod
    def of(cls, stored: Slice | Mapping[str, str] | None) -> Slice | None:
        """From the values that ``as_dict`` gave."""
        return cls(stored["by"], stored["value"]) if isinstance(stored, Mapping) else stored

    def as_dict(self) -> dict[str, str]:
        """Plain values, for the store."""
        return {"by": self.by, "value": self.value}


def shown_by(by: str) -> str:
    """``by`` as labels have it: a field's name, or a template without its braces."""
    return " ".join(re.sub(_BRACES, r"\1", by).split())


def parse_by(value: Any, key: str = "by") -> str | None:
    """``"tags"``, ``"language"`` or ``"{{ … }}"``; ``{{ language }}`` is the field's name. Raises
    TaskError."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise TaskError(f"by {seen(value)} names no field", key=key, hint=_HINT)
    match = re.fullmatch(_FIELD, value)
    if match is None and "{{" not in value and "{%" not in value:
        raise TaskError(f"by {seen(value)} is neither a field nor a template", key=key, hint=_HINT)
    return value.strip() if match is None else match[1] or match[2]
