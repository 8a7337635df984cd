"""What is said of the samples of a task, for every way of telling it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.core.text import plural

if TYPE_CHECKING:  # what computes them loads NumPy
    from evalkit.items.power import Visible
    from evalkit.items.review import Finding, ItemReview, TaskReview

#: What each finding is called, the worst first.
WORDS: dict[Finding, str] = {
    "mislabelled": "target is probably wrong",
    "disagrees": "disagrees with the rest",
    "duplicate": "nearly repeats another",
    "flaky": "flaky",
    "always_wrong": "always wrong",
    "always_right": "always right",
}


def told(item: ItemReview, finding: Finding) -> str:
    """What one finding says of one sample."""
    if finding == "mislabelled" and item.mislabelled is not None:
        return f"target {item.target!r} is wrong ({item.mislabelled:.0%}), {item.suggested!r} right?"
    if finding == "duplicate":
        return f"nearly repeats {item.duplicate_of} ({item.similarity:.0%})"
    return WORDS[finding]


def pace_text(pace: float | None) -> str:
    """``365 runs a year``."""
    return "runs a year unknown" if pace is None else f"{pace:,.0f} runs a year"


def remarks(review: TaskReview) -> list[str]:
    """What cannot be told of a task, and why."""
    n = len(review.subjects)
    said = []
    if review.labels.reason is not None:
        said.append(f"wrong targets: cannot tell: {review.labels.reason}")
    if n < review.n_subjects_needed:
        few = f"{plural(n, 'Subject')} cannot show it, {review.n_subjects_needed} could at best"
        said.append(f"samples that disagree with the rest: cannot tell: {few}")
    if review.visible_without() is None:
        said.append("power: cannot tell: no two evaluations of the task can be compared")
    return said


def drop_text(visible: Visible | None) -> str:
    """The smallest drop that a gate sees."""
    if visible is None:
        return "unknown"
    if visible.drop is None:
        return f"none, with {plural(visible.n, 'sample')}"
    return f"{visible.drop:.3g} of {plural(visible.n, 'sample')}, as many as {visible.samples:.1f}"


def total_usd(items: Sequence[ItemReview]) -> float | None:
    """US dollars a year of these samples; None where one is not known."""
    costs = [each.usd_a_year for each in items]
    return None if None in costs else sum(filter(None, costs))
