"""How much a model is to think before it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.forms import Written
from evalkit.core.frozen import frozen
from evalkit.core.text import seen
from evalkit.errors import TaskError, did_you_mean

#: The words of chat completions (``reasoning_effort``), from no thinking at all to the most there is.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_MOST_TOKENS = 2**31 - 1
_HINT = "write an effort (low), a number of tokens (2048), or {effort: low, budget_tokens: 2048}"


@frozen(slots=True)
class Reasoning:
    """An effort, a bound on tokens of thinking, or both; what is None is left to the provider.

    Attributes:
        effort: one of ``EFFORTS``.
        budget_tokens: >= 0.
    """

    effort: str | None = None
    budget_tokens: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Only what was set."""
        values = {"effort": self.effort, "budget_tokens": self.budget_tokens}
        return {key: value for key, value in values.items() if value is not None}


def parse_reasoning(value: Any, key: str = "reasoning") -> Reasoning | None:
    """What a task's ``reasoning:`` says: an effort, a number of tokens, or a mapping of both.

    Raises TaskError with the offending ``key``.
    """
    if value is None or isinstance(value, Reasoning):
        return value
    if isinstance(value, str):
        return Reasoning(_effort(value, key))
    if isinstance(value, int) and not isinstance(value, bool):
        return Reasoning(budget_tokens=_budget(value, key))
    if not isinstance(value, Mapping) or not value:
        raise TaskError(f"reasoning {seen(value)} cannot be read", key=key, hint=_HINT)
    known = ("effort", "budget_tokens")
    for name in value:
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise TaskError(f"reasoning has unknown key {name!r}", key=f"{key}.{name}", hint=hint)
    effort, budget = value.get("effort"), value.get("budget_tokens")
    return Reasoning(
        None if effort is None else _effort(effort, f"{key}.effort"),
        None if budget is None else _budget(budget, f"{key}.budget_tokens"),
    )


def _effort(value: Any, key: str) -> str:
    if not isinstance(value, str) or value not in EFFORTS:
        hint = did_you_mean(str(value), EFFORTS) if isinstance(value, str) else _HINT
        raise TaskError(f"reasoning effort {seen(value)} is unknown", key=key, hint=hint)
    return value


def _budget(value: Any, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        what = f"reasoning budget {seen(value)} is not a whole number of tokens >= 0"
        raise TaskError(what, key=key, hint=_HINT)
    return value


_EFFORT_SCHEMA = {"enum": list(EFFORTS)}
_BUDGET_SCHEMA = {"type": "integer", "minimum": 0, "maximum": _MOST_TOKENS}
_NULL = {"type": "null"}
#: The notation of ``reasoning:``.
REASONING = Written(
    parse_reasoning,
    {
        "anyOf": [
            _EFFORT_SCHEMA,
            _BUDGET_SCHEMA,
            {
                "type": "object",
                "properties": {
                    "effort": {"anyOf": [_EFFORT_SCHEMA, _NULL]},
                    "budget_tokens": {"anyOf": [_BUDGET_SCHEMA, _NULL]},
                },
                "minProperties": 1,
                "additionalProperties": False,
            },
            _NULL,
        ]
    },
)
