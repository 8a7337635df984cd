"""Labelled responses and opinions for tests, and judges that are functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evalkit.calibrating.asking import Ask
from evalkit.calibrating.label_files import opinion_of
from evalkit.calibrating.labelled import Labelled, Opinion
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.core.judgement import Judgement

BINARY = Standard(Scale.binary(), {})


def labelled(number: int, label: float, output: str = "an answer", **fields: object) -> Labelled:
    return Labelled(f"s{number}", output, {"people": label}, **fields)  # type: ignore[arg-type]


def said(
    *values: float | None, judge: str = "openai/judge", orders: Sequence[str | None] = (None,)
) -> Opinion:
    """One judgement for each value: round by round, the orders of a round side by side."""
    return opinion_of([
        Judgement(
            "judge", judge, "j-1", place // len(orders), orders[place % len(orders)],
            None if value is None else f"{value:g}", value, error="no answer" if value is None else None,
        )
        for place, value in enumerate(values)
    ])  # fmt: skip


def judging(verdict: Callable[[str, int], float]) -> Ask:
    """A judge that is a function of the text and of the round."""

    def ask(responses: Sequence[Labelled], n_rounds: int) -> list[Opinion]:
        return [said(*(verdict(each.output, place) for place in range(n_rounds))) for each in responses]

    return ask
