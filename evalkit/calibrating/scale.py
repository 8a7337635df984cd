"""The scale that people and judge share: words of labels to values, values to the words of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isfinite
from statistics import median
from typing import Any, Literal

from evalkit.core.frozen import frozen
from evalkit.core.text import seen

#: ``binary``: good or not. ``ordinal``: grades of a rubric. ``pairwise``: which of two responses is better.
ScaleKind = Literal["binary", "ordinal", "pairwise"]

#: What a judge says whose orders, rounds or panel are split evenly over two verdicts.
SPLIT = "split"

_BINARY: Mapping[str, float] = {
    **dict.fromkeys(("pass", "yes", "true", "good", "correct", "1"), 1.0),
    **dict.fromkeys(("fail", "no", "false", "bad", "incorrect", "wrong", "0"), 0.0),
}
_PAIRWISE: Mapping[str, float] = {
    **dict.fromkeys(("better", "a", "response", "win", "1"), 1.0),
    **dict.fromkeys(("worse", "b", "opponent", "lose", "loss", "0"), 0.0),
    **dict.fromkeys(("tie", "0.5", ".5", "equal"), 0.5),
}


@frozen
class Scale:
    """Values that may be given, and what they are called.

    Attributes:
        points: ascending, on the scale of the judge's Score.
        names: of the points, in their order: ``no``, ``yes``; ``B``, ``tie``, ``A``; ``1`` … ``5``.
    """

    kind: ScaleKind
    points: tuple[float, ...]
    names: tuple[str, ...]

    @classmethod
    def binary(cls) -> Scale:
        """0 and 1."""
        return cls("binary", (0.0, 1.0), ("no", "yes"))

    @classmethod
    def pairwise(cls) -> Scale:
        """0 the opponent, 1 the response, 0.5 a tie."""
        return cls("pairwise", (0.0, 0.5, 1.0), ("B", "tie", "A"))

    @classmethod
    def grades(cls, grades: Sequence[float], points: Sequence[float] | None = None) -> Scale:
        """Grades of a rubric, ascending.

        Args:
            points: the values of the grades on the Score's scale; None where they are the grades themselves.
        """
        values = tuple(map(float, points if points is not None else grades))
        return cls("ordinal", values, tuple(f"{each:g}" for each in grades))

    @property
    def middle(self) -> float:
        """Above it a response is good."""
        return (self.points[0] + self.points[-1]) / 2

    def value_of(self, label: Any) -> float:
        """What a person's label stands for. Raises ValueError that says which labels there are."""
        word = f"{label:g}" if isinstance(label, int | float) and not isinstance(label, bool) else str(label)
        known = {"binary": _BINARY, "pairwise": _PAIRWISE}.get(self.kind, {})
        names = dict(zip((name.lower() for name in self.names), self.points, strict=True))
        found = {**names, **known}.get(word.strip().lower())
        found = self._number(word) if found is None else found
        if found is None:
            words = ", ".join(dict.fromkeys([*names, *known]))
            raise ValueError(f"label {seen(label)} is none of {words}")
        return found

    def name_of(self, value: float) -> str:
        """The nearest point's name, of two equally near ones the higher; a judge of a binary scale in the
        middle is split."""
        if self.kind == "binary" and value == self.middle:
            return SPLIT
        distances = [abs(value - point) for point in self.points]
        nearest = min(distances)
        return max(
            (place, name) for place, name in enumerate(self.names) if distances[place] <= nearest + 1e-12
        )[1]

    def share_of(self, value: float) -> float:
        """Where a value lies between the scale's ends, 0..1."""
        return (value - self.points[0]) / (self.points[-1] - self.points[0])

    def is_good(self, value: float) -> bool:
        """Whether it lies above the middle."""
        return value > self.middle

    def majority(self, values: Sequence[float]) -> float | None:
        """What most people say; of grades the median, the higher of two. None where as many say another."""
        if not values:
            return None
        if self.kind == "ordinal":
            return self._point(median(values))
        counts = {value: values.count(value) for value in dict.fromkeys(values)}
        most = max(counts.values())
        first = [value for value, count in counts.items() if count == most]
        return first[0] if len(first) == 1 else None

    def _point(self, value: float) -> float:
        return self.points[self.names.index(self.name_of(value))]

    def _number(self, word: str) -> float | None:
        """A grade that stands as another number: ``4.0`` of a scale of whole ones."""
        try:
            number = float(word)
        except ValueError:
            return None
        if not isfinite(number) or self.kind != "ordinal":
            return None
        whole = f"{floor(number)}" if number == floor(number) else f"{number:g}"
        return self.points[self.names.index(whole)] if whole in self.names else None
