"""The sentences that page, terminal and Markdown share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.run import Run
from evalkit.report.data import CHANGES, EvaluationData, Pair, ReportData
from evalkit.report.numbers import difference_text, interval_text, plural

#: Each outcome has a sign of its own, so that nothing hangs on colour.
SIGNS = {"pass": "✓", "fail": "✗", "undecided": "?", "error": "!", "none": "·"}

_PLURALS = {"win": "wins", "loss": "losses", "tie": "ties", "error": "errors", "new": "unpaired"}

# Characters that a reader cannot see, or that reorder what stands around them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Show characters that cannot be seen, or that reorder their neighbours, by number: ``[U+202E]``."""
    return _HIDDEN.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"


def one_line(text: str, width: int) -> str:
    """White space folded and cut to ``width`` characters, hidden characters shown."""
    folded = visible(" ".join(text[: width * 8].split()))
    return folded if len(folded) <= width and len(text) <= width * 8 else folded[: width - 1] + "…"


def headline(data: ReportData) -> str:
    """``2 of 14 gates failed, 1 undecided, 11 passed``."""
    counts = data.outcome_counts
    total = sum(counts.values())
    if not total:
        return "no gate was set"
    if set(counts) == {"pass"}:
        return f"all {plural(total, 'gate')} passed" if total > 1 else "the gate passed"
    words = {"fail": "failed", "error": "ended in an error", "undecided": "undecided", "pass": "passed"}
    first, *rest = [(counts[outcome], word) for outcome, word in words.items() if outcome in counts]
    verb = f"{'is' if first[0] == 1 else 'are'} {first[1]}" if first[1] == "undecided" else first[1]
    return ", ".join([f"{first[0]:,} of {plural(total, 'gate')} {verb}", *(f"{n:,} {word}" for n, word in rest)])


def banners(data: ReportData) -> list[str]:
    """What the reader must know before any number: a run that did not end well, or was not whole."""
    run = data.run
    said = {
        "running": "This run had not finished when the report was written: rows and numbers are incomplete.",
        "interrupted": "This run was interrupted: samples that were not asked yet are missing below.",
        "crashed": "This run crashed: what was stored until then is shown, the rest is missing.",
    }
    texts = [said[run.status]] if run.status in said else []
    if run.is_partial:
        texts.append(
            "This run is partial: only some of the samples were asked for, so it never becomes a baseline."
        )
    for item in data.evaluations:
        if item.pair is not None and item.pair.obstacle is not None:
            texts.append(f"{item.task}, {item.label}: {item.pair.obstacle}.")
    return texts


def commit_text(run: Run) -> str:
    """``main@07307e3, with uncommitted changes``; empty outside a repository."""
    if run.git_commit is None:
        return ""
    place = f"{run.git_branch}@{run.git_commit[:7]}" if run.git_branch else run.git_commit[:7]
    return f"{place}, with uncommitted changes" if run.git_dirty else place


def baseline_label(item: EvaluationData, pair: Pair) -> str:
    """What the baseline is called beside this evaluation: a subject of this run, or a run."""
    if not pair.is_other_run:
        return pair.evaluation.subject.label
    label = pair.evaluation.subject.label
    return f"run {pair.run.run_id}" if label == item.label else f"run {pair.run.run_id}, {label}"


def change_text(pair: Pair) -> str:
    """``12 wins, 340 losses, 648 ties``; kinds that do not occur are left out, wins and losses never."""
    counts = pair.counts
    order = ("win", "loss", "tie", "error", "new")
    parts = [
        f"{counts[kind]:,} {kind if counts[kind] == 1 and kind != 'new' else _PLURALS[kind]}"
        for kind in order
        if counts[kind] or kind in ("win", "loss")
    ]
    return ", ".join(parts)


def delta(estimate: Estimate, pair: Pair) -> Delta | None:
    """Candidate minus baseline in the metric's own direction, or None where they cannot be compared."""
    comparison = pair.comparisons.get(estimate.metric)
    if comparison is not None:
        return Delta.of_comparison(comparison, estimate.is_higher_better)
    base = pair.estimates.get(estimate.metric)
    if base is None or base.value is None or estimate.value is None or base.signature != estimate.signature:
        return None
    if pair.obstacle is not None:
        return None
    difference = estimate.value - base.value
    return Delta(estimate.metric, difference, None, None, estimate.is_higher_better)


class Delta:
    """A difference as it is shown: in the metric's own direction, with a word for what it means."""

    __slots__ = ("difference", "high", "is_higher_better", "low", "metric")

    def __init__(
        self, metric: str, difference: float, low: float | None, high: float | None, is_higher_better: bool
    ) -> None:
        self.metric = metric
        self.difference = difference
        self.low = low
        self.high = high
        self.is_higher_better = is_higher_better

    @classmethod
    def of_comparison(cls, comparison: Comparison, is_higher_better: bool) -> Delta:
        """Turn the sign back where lower is better."""
        d, low, high = comparison.difference, comparison.low, comparison.high
        if not is_higher_better:
            d, low, high = -d, -high, -low
        return cls(comparison.metric, d, low, high, is_higher_better)

    @property
    def word(self) -> str:
        """``better`` or ``worse`` where the interval excludes zero, ``unclear`` where not, empty without one."""
        if self.low is None or self.high is None:
            return ""
        if self.low > 0 or self.high < 0:
            return "better" if (self.low > 0) == self.is_higher_better else "worse"
        return "unclear"

    @property
    def text(self) -> str:
        interval = interval_text(self.metric, self.low, self.high)
        return f"{difference_text(self.metric, self.difference)} {interval}".rstrip()


def turned(item: EvaluationData, kinds: Sequence[str] = CHANGES) -> list[int]:
    """Rows that changed in one of ``kinds``, in that order of kinds."""
    if item.pair is None:
        return []
    changes = item.pair.changes
    return [row for kind in kinds for row, change in enumerate(changes) if change == kind]
