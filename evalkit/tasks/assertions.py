"""A row's ``assert:`` list: what a sample's response must satisfy by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.sample import Assertion
from evalkit.core.text import seen
from evalkit.errors import TaskError

#: Assertions whose value is itself a mapping (a schema, a set of fields), never a set of parameters.
VALUE_IS_MAPPING = frozenset({"json_schema", "json_fields"})

_MEND = "write a list such as '- contains: refund' or '- refuses'"


def parse_assertions(value: Any, where: str) -> tuple[Assertion, ...]:
    """``[{"contains": "refund"}, "refuses", {"regex": {"pattern": …}}]`` -> Assertions, in order.

    A value becomes ``{"value": value}``, a mapping the parameters themselves, except for the names in
    ``VALUE_IS_MAPPING``. None is not an assertion. Raises TaskError at ``where`` on any other shape.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise TaskError(f"assert {seen(value)} is not a list", where=where, key="assert", hint=_MEND)
    return tuple(_assertion(entry, where) for entry in value)


def _assertion(entry: Any, where: str) -> Assertion:
    if isinstance(entry, str) and entry.strip():
        return Assertion(entry.strip())
    if not isinstance(entry, Mapping) or len(entry) != 1:
        raise TaskError(
            f"assertion {seen(entry)} is not one name with its value", where=where, key="assert", hint=_MEND
        )
    ((name, value),) = entry.items()
    if value is None:
        return Assertion(str(name))
    if isinstance(value, Mapping) and name not in VALUE_IS_MAPPING:
        return Assertion(str(name), dict(value))
    return Assertion(str(name), {"value": value})
