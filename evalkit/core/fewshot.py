"""Solved examples that stand before each input: how many, which, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal

from evalkit.core.fitting import NOT_EMPTY, Bounds
from evalkit.core.forms import Nested, Written, read_fields
from evalkit.core.frozen import frozen
from evalkit.core.text import seen, text_of
from evalkit.errors import TaskError

_MOST = 1_000_000


def _ids(value: Any, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    is_list = isinstance(value, list | tuple) and bool(value)
    if not is_list or any(each is None or isinstance(each, list | tuple | Mapping) for each in value):
        raise TaskError(f"fewshot ids {seen(value)} are not a list of sample ids", key=key)
    ids = tuple(text_of(each) for each in value)
    if len(set(ids)) < len(ids):
        raise TaskError(f"fewshot ids {seen(list(ids))} name a sample twice", key=key)
    return ids


_SCALAR = {"type": ["string", "number", "boolean"]}
_IDS = Written(_ids, {"type": ["array", "null"], "items": _SCALAR, "minItems": 1, "uniqueItems": True})


@frozen
class FewShot:
    """``n`` solved examples from ``split``.

    Attributes:
        n: examples before each input, >= 1; with ``ids`` their number.
        split: the split that they come from.
        seed: seed of the draw, if ``order`` is ``random``.
        order: ``random`` draws them once for all samples; ``first`` takes the first n in the order of the
            split (``first_n`` of lm-evaluation-harness). A sample is never its own example.
        ids: exactly these samples of the split, in this order, instead of a draw.
        by: template over the row: examples have the same value as the sample, and are drawn per value.
        delimiter: text after each example in a prompt without roles.
    """

    n: Annotated[int, Bounds(at_least=0, at_most=_MOST, words="a whole number >= 0")] = 0
    split: Annotated[str, NOT_EMPTY] = "train"
    seed: int = 0
    order: Literal["random", "first"] = "random"
    ids: Annotated[tuple[str, ...], _IDS] = ()
    by: str | None = None
    delimiter: str = "\n\n"

    @property
    def identity(self) -> dict[str, Any]:
        """What changes numbers, for the task hash: n, split, seed, and what else is not at its default."""
        rest = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.default is not MISSING and getattr(self, each.name) != each.default
        }
        return {"n": self.n, "split": self.split, "seed": self.seed, **rest}


def parse_fewshot(value: Any, key: str = "fewshot") -> FewShot | None:
    """A task's ``fewshot:`` mapping; ``n: 0`` is None. Raises TaskError with the offending ``key``."""
    if value is None or isinstance(value, FewShot):
        return value
    fields = read_fields(FewShot, value, key)
    ids = fields.get("ids", ())
    if ids and (fields.get("n", len(ids)) != len(ids) or {"by", "order"} & set(fields)):
        hint = "remove n, order and by"
        raise TaskError("fewshot ids say which examples there are", key=f"{key}.ids", hint=hint)
    if "n" not in fields and not ids:
        raise TaskError("fewshot says no number of examples", key=f"{key}.n", hint="write 'n: 5'")
    shots = FewShot(**{"n": len(ids), **fields})
    return shots if shots.n else None


#: In a task file: how many examples, or which.
FEWSHOT = Nested(
    FewShot,
    parse_fewshot,
    {
        "anyOf": [{"required": ["n"]}, {"required": ["ids"]}],
        "if": {"properties": {"ids": {"type": "array"}}, "required": ["ids"]},
        "then": {"not": {"anyOf": [{"required": ["order"]}, {"required": ["by"]}]}},
    },
)
