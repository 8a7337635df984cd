"""Solved examples that stand before each input: how many, which, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from evalkit.core.text import seen, text_of
from evalkit.errors import TaskError, did_you_mean

ORDERS = ("random", "first")
_MOST = 1_000_000


@dataclass(frozen=True)
class FewShot:
    """``n`` solved examples from ``split``.

    Attributes:
        n: examples before each input, >= 1; with ``ids`` their number.
        split: where they come from.
        seed: of the draw, where ``order`` is ``random``.
        order: ``random`` draws them once for all samples; ``first`` takes the first n in the order of the
            split (``first_n`` of lm-evaluation-harness). Of the rows that are asked about, a sample never
            gets itself.
        ids: exactly these samples of the split, in this order, instead of a draw.
        by: template over the row. Examples then have the same value as the sample, drawn for each value.
        delimiter: stands after each example in a prompt without roles.
    """

    n: int
    split: str = "train"
    seed: int = 0
    order: str = "random"
    ids: tuple[str, ...] = ()
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


def parse_fewshot(value: Any) -> FewShot | None:
    """A task's ``fewshot:`` mapping; ``n: 0`` is None. Raises TaskError with the offending ``key``."""
    if value is None or isinstance(value, FewShot):
        return value
    if not isinstance(value, Mapping):
        raise TaskError(f"fewshot {seen(value)} is not a mapping", key="fewshot")
    known = [each.name for each in fields(FewShot)]
    for key in value:
        if key not in known:
            what = f"fewshot has unknown key {key!r}"
            raise TaskError(what, key=f"fewshot.{key}", hint=did_you_mean(str(key), known))
    ids = _ids(value.get("ids"))
    n = value.get("n", len(ids) or None)
    if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= _MOST:
        raise TaskError(f"fewshot n {seen(n)} is not a whole number >= 0", key="fewshot.n")
    seed = value.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TaskError(f"fewshot seed {seen(seed)} is not a whole number", key="fewshot.seed")
    for key in ("by", "delimiter", "split"):
        if not isinstance(value.get(key, ""), str) or (key == "split" and not value.get(key, "train")):
            raise TaskError(f"fewshot {key} {seen(value[key])} is not a text", key=f"fewshot.{key}")
    order = value.get("order", "random")
    if order not in ORDERS:
        hint = did_you_mean(str(order), ORDERS)
        raise TaskError(f"fewshot order {seen(order)} is unknown", key="fewshot.order", hint=hint)
    if ids and (n != len(ids) or "by" in value or "order" in value):
        raise TaskError(
            "fewshot ids say which examples there are", key="fewshot.ids", hint="remove n, order and by"
        )
    shots = FewShot(
        n, value.get("split", "train"), seed, order, ids, value.get("by"), value.get("delimiter", "\n\n")
    )
    return shots if n else None


def _ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    is_list = isinstance(value, list | tuple) and bool(value)
    if not is_list or any(each is None or isinstance(each, list | tuple | Mapping) for each in value):
        raise TaskError(f"fewshot ids {seen(value)} are not a list of sample ids", key="fewshot.ids")
    ids = tuple(text_of(each) for each in value)
    if len(set(ids)) < len(ids):
        raise TaskError(f"fewshot ids {seen(list(ids))} name a sample twice", key="fewshot.ids")
    return ids
