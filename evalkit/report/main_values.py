"""The one number of each evaluation that a list of reports tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, Protocol

from evalkit.core.estimate import Estimate
from evalkit.core.verdict import OUTCOMES, Verdict
from evalkit.metrics.units import is_operation
from evalkit.report.numbers import value_text

#: Evaluations of a report that a list tells of.
MOST = 40


class Evaluated(Protocol):
    """A Task with one Subject, with its numbers."""

    @property
    def task(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def estimates(self) -> Sequence[Estimate]: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...


def main_estimate(estimates: Iterable[Estimate]) -> Estimate | None:
    """The first metric of the task that says how good answers are and has a value; None without any."""
    return next((e for e in estimates if _has_value(e) and not is_operation(e.metric)), None)


def main_values(evaluations: Iterable[Evaluated]) -> list[list[Any]]:
    """Of the first evaluations: task, subject, metric, number, whether larger is better, outcome of the
    gates (``none`` without), and the number as text."""
    found = ((each, main_estimate(each.estimates)) for each in evaluations)
    told = [(each, main) for each, main in found if main is not None]
    return [
        [
            each.task, each.label, main.metric, main.value, main.is_higher_better, worst(each.verdicts),
            value_text(main.metric, main.value),
        ]
        for each, main in told[:MOST]
    ]  # fmt: skip


def worst(verdicts: Iterable[Verdict]) -> str:
    """The worst word of these verdicts, ``none`` without."""
    words = {verdict.word for verdict in verdicts}
    return next((word for word in OUTCOMES if word in words), "none")


def _has_value(estimate: Estimate) -> bool:
    return estimate.value is not None and isfinite(estimate.value)
