"""What a list of runs says of a run beside its own row: subjects, headlines, cost, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from evalkit.core.text import plural
from evalkit.drift.changed import changed_words
from evalkit.report.common_metrics import COMMON
from evalkit.report.numbers import interval_text, usd_text, value_text
from evalkit.store.overview import Overview
from evalkit.store.store import Store

#: Lines for the evaluations of one run; the rest is counted.
MAX_LINES = 4


@dataclass(frozen=True)
class Told:
    """Attributes:
    evaluations: of the run, in the order of its session.
    changed: what differs from the run before of the same tasks; None where there is none.
    """

    run_id: str
    evaluations: Sequence[Overview]
    changed: list[str] | None

    @property
    def changes(self) -> str:
        """``prompt, git``, ``nothing``; empty for the first run of its tasks."""
        return "" if self.changed is None else ", ".join(self.changed) or "nothing"

    @property
    def cost_usd(self) -> float | None:
        """Of all answers whose price is known, None where no price is."""
        known = [each.cost_usd for each in self.evaluations if each.cost_usd is not None]
        return fsum(known) if known else None

    @property
    def is_cost_whole(self) -> bool:
        """Whether the price of every answer is known."""
        return all(each.n_priced == each.n_answered for each in self.evaluations)

    @property
    def cost(self) -> str:
        """``$0.12``, ``>= $0.12`` where some prices are unknown; empty where all are."""
        if self.cost_usd is None:
            return ""
        return usd_text(self.cost_usd) if self.is_cost_whole else f">= {usd_text(self.cost_usd)}"

    @property
    def every_line(self) -> list[str]:
        """One for each evaluation; what tests asked by hand stands together for each subject."""
        return [*_tasks(self.evaluations), *_by_hand(self.evaluations)]

    @property
    def lines(self) -> list[str]:
        """As ``every_line``, the first few."""
        lines = self.every_line
        if len(lines) > MAX_LINES:
            rest = f"{len(lines) - MAX_LINES + 1:,} more: evalkit show {self.run_id}"
            lines = [*lines[: MAX_LINES - 1], rest]
        return lines

    @property
    def object(self) -> dict[str, Any]:
        """The same for machines."""
        before = {each.previous_run_id for each in self.evaluations if each.previous_run_id}
        return {
            "cost_usd": self.cost_usd,
            "is_cost_whole": self.is_cost_whole,
            "changed": self.changed,
            "changed_since": sorted(before),
            "evaluations": [_object(each) for each in self.evaluations],
        }


def tell(store: Store, run_ids: Sequence[str]) -> dict[str, Told]:
    """Every run of ``run_ids``, with one query for all of them."""
    found = store.overviews(run_ids, COMMON)
    return {
        run_id: Told(run_id, evaluations := found.get(run_id, ()), changed_words(evaluations, found))
        for run_id in run_ids
    }


def _tasks(evaluations: Sequence[Overview]) -> Iterator[str]:
    for each in evaluations:
        if each.task_hash:
            yield f"{each.task} · {each.label}{_headline(each)}"


def _headline(overview: Overview) -> str:
    """``: accuracy 0.840 [0.817, 0.862]``; says so where the metric could not be computed."""
    if overview.metric is None:
        return f": {overview.asserted}" if overview.asserted else ""
    if overview.value is None:
        return f": {overview.metric} has no value"
    interval = interval_text(overview.metric, overview.low, overview.high)
    return f": {overview.metric} {value_text(overview.metric, overview.value)} {interval}".rstrip()


def _by_hand(evaluations: Sequence[Overview]) -> Iterator[str]:
    labels = [each.label for each in evaluations if not each.task_hash]
    for label in dict.fromkeys(labels):
        yield f"llm fixture · {label}: {plural(labels.count(label), 'test')}"


def _object(overview: Overview) -> dict[str, Any]:
    kept = ("task", "model", "model_revision", "prompt", "prompt_hash")
    headline = {
        "metric": overview.metric, "value": overview.value, "ci_low": overview.low,
        "ci_high": overview.high, "n": overview.n, "error": overview.error,
    }  # fmt: skip
    return {
        **{name: getattr(overview, name) for name in kept},
        "subject": overview.label,
        "headline": None if overview.metric is None else headline,
        "asserted": overview.asserted,
        "cost_usd": overview.cost_usd,
        "n_answered": overview.n_answered,
        "n_priced": overview.n_priced,
        "previous_run_id": overview.previous_run_id,
    }
