"""Parameters of scorers that look like templates: nothing fills them, so that they never match."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evalkit.core.sample import Sample
from evalkit.errors import TaskError

#: What compares texts as they are written. A judge fills its templates, and a pattern is for what has to be
#: looked for with its braces.
_LITERAL = frozenset({"contains", "not_contains", "equals", "one_of", "similar", "exact_match", "numeric"})
_NAME = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)")
_OF_TASK = "what differs from row to row belongs into 'target:', which is read where no 'value' is given"
_OF_SAMPLE = "write the text itself: an assertion is of its sample alone"
_NAMES = frozenset({"input", "target", "choices", "row", "sample"})


def fields_of(samples: Sequence[Sample]) -> frozenset[str]:
    """Names that a template of the task could fill."""
    return _NAMES.union(samples[0].row if samples else ())


def refuse_unfilled(name: str, params: Mapping[str, Any], fields: Collection[str], where: str = "") -> None:
    """Raises TaskError where a parameter of a literal scorer names a field of the rows in ``{{ … }}``."""
    if name not in _LITERAL:
        return
    for text in _texts(params.values()):
        found = _NAME.search(text)
        if found is not None and found[1] in fields:
            instead = _OF_SAMPLE if where else _OF_TASK
            raise TaskError(
                f"{where}scorer {name!r}: {text!r} is no template here, and would be looked for as written",
                hint=f"{instead}; to look for the braces themselves, use regex",
            )


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            if "{{" in value:
                yield value
        elif isinstance(value, list | tuple):
            yield from _texts(value)
