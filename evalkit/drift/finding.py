"""One change of one metric with its cause and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from evalkit.drift.cause import Attribution, attribute
from evalkit.drift.series import Series
from evalkit.stats.changepoint import ChangePoint
from evalkit.store.store import Store

Direction = Literal["worse", "better", "moved"]

_SLOWER = "look at the load on the provider and at the length of answers, or take a faster model"
_DEARER = "look at the provider's prices and at the tokens of prompts and answers"
#: What to do where the same model, asked the same, serves worse: no other prompt mends that.
_SERVICE = {
    "latency_p50_s": _SLOWER,
    "latency_p95_s": _SLOWER,
    "cost_usd": _DEARER,
    "cost_usd_mean": _DEARER,
    "error_rate": "look at the errors of the latest runs, and at the provider's limits",
}


@dataclass(frozen=True)
class Finding:
    """Attributes:
    direction: ``moved`` where neither way is better.
    is_last: no later change of this series was found: it is how things stand.
    """

    series: Series
    change: ChangePoint
    attribution: Attribution
    is_last: bool

    @property
    def direction(self) -> Direction:
        better = self.series.last.is_higher_better
        if better is None:
            return "moved"
        return "better" if (self.change.size > 0) == better else "worse"

    @property
    def dates(self) -> tuple[str, str, str]:
        """Day of the change, and the interval's ends, ISO 8601 in UTC."""
        rows = self.series.rows
        places = (self.change.start, self.change.earliest, self.change.latest)
        return tuple(_day(rows[min(at, len(rows) - 1)].started_at) for at in places)  # type: ignore[return-value]

    @property
    def recommendation(self) -> str:
        """What to do, naming the evidence."""
        metric, size = self.series.last.metric, self.change.size
        verb = "fell" if size < 0 else "rose"
        return f"{_advice(self)}: {metric} {verb} by {abs(size):.3g} since {self.dates[0]}"


def find_drift(store: Store, series: Sequence[Series], alpha: float) -> list[Finding]:
    """Every change of every series; ``alpha`` is shared over the series that are long enough (Bonferroni), so
    that it is the rate of false alarms of all of them together."""
    long_enough = [each for each in series if each.too_short is None]
    return [finding for each in long_enough for finding in _findings(store, each, alpha / len(long_enough))]


def _findings(store: Store, series: Series, alpha: float) -> Iterator[Finding]:
    changes = series.changes(alpha)
    for change in changes:
        yield Finding(series, change, attribute(store, list(series.rows), change), change is changes[-1])


def _advice(finding: Finding) -> str:
    if finding.direction == "better":
        return "nothing to mend"
    if finding.direction == "moved":
        return "look at the answers, whether that is as it should be"
    earlier, later = finding.attribution.earlier, finding.attribution.later
    cause = finding.attribution.cause
    if cause == "model" and finding.series.last.metric in _SERVICE:
        return _SERVICE[finding.series.last.metric]
    if finding.change.kind == "trend" and cause == "model":
        return "refresh the knowledge base, or retrain"
    if cause == "prompt":
        return f"revert prompt {later.prompt} to {earlier.prompt_hash[:8]}"
    if cause == "data":
        return "look at what changed in the data, and refresh the knowledge base"
    if cause == "task":
        return "look at what changed in the task file"
    if earlier.model_revision and earlier.model_revision != later.model_revision:
        return f"pin model revision {earlier.model_revision}"
    return "pin a dated version of the model, or adapt the prompt to the new one"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
