"""Every sample of a task with what speaks against it, what it costs, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.items.cost import cost_a_year, runs_a_year
from evalkit.items.discrimination import item_rest_correlations, negative_q_values, subjects_needed
from evalkit.items.duplicates import near_duplicates
from evalkit.items.labels import LabelReview, review_labels
from evalkit.items.power import GatePower, Visible
from evalkit.items.votes import Floats
from evalkit.store.items import ItemRows

Finding = Literal["mislabelled", "disagrees", "duplicate", "flaky", "always_wrong", "always_right"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)
#: With fewer answers, or from one Subject alone, "always" is chance.
LEAST_ANSWERS = 3
#: Expected share of false ones among the samples that are said to disagree.
FALSE_SHARE = 0.05


@frozen(slots=True)
class ItemReview:
    """One sample.

    Attributes:
        findings: what speaks against it, worst first; empty where nothing does.
        mean: of its score over Subjects; None where it has none.
        n_answers, n_subjects: that were scored.
        discrimination: item-rest correlation, -1..1; None where it is not defined.
        q_value: adjusted p-value of a negative one; None where that is.
        mislabelled: probability that the target is wrong; None where that cannot be told.
        suggested: the answer that is right then.
        duplicate_of, similarity: the first sample whose input is nearly the same, and how nearly, 0..1.
        usd_a_year: None where unknown.
        visible: what the gate sees without this one sample; None where no comparison tells.
    """

    sample_id: str
    input: str
    target: str
    findings: tuple[Finding, ...]
    mean: float | None
    n_answers: int
    n_subjects: int
    discrimination: float | None
    q_value: float | None
    mislabelled: float | None
    suggested: str | None
    duplicate_of: str | None
    similarity: float | None
    usd_a_year: float | None
    visible: Visible | None


@frozen(slots=True)
class TaskReview:
    """All samples of a task, in the order of the dataset.

    Attributes:
        runs_a_year: None where the history spans less than a day.
        n_subjects_needed: Subjects with which a sample could be shown to disagree.
        power: of the task's regression gate.
    """

    task: str
    scorer: str
    subjects: Sequence[str]
    n_runs: int
    runs_a_year: float | None
    items: Sequence[ItemReview]
    labels: LabelReview
    n_subjects_needed: int
    power: GatePower

    def having(self, finding: Finding) -> list[ItemReview]:
        """The samples of one finding."""
        return [each for each in self.items if finding in each.findings]

    def visible_without(self, items: Sequence[ItemReview] = ()) -> Visible | None:
        """The smallest drop that the gate sees if these samples are not asked; None where nothing tells."""
        return self.power.without(each.sample_id for each in items)


def review_items(rows: ItemRows, power: GatePower) -> TaskReview:
    """Judge every sample by its history, and by the power of the task's regression gate."""
    values = np.full((len(rows.items), len(rows.subjects)), np.nan)
    for score in rows.scores:
        values[score.item, score.subject] = score.mean
    correlations = item_rest_correlations(values)
    q_values = negative_q_values(values, correlations)
    labels = review_labels(rows, values)
    pace = runs_a_year(rows.started)
    seen = _Seen(rows)
    copies = _copies([item.input for item in rows.items])
    items = []
    for place, item in enumerate(rows.items):
        suspicion = None if labels.probabilities is None else float(labels.probabilities[place])
        copy_of, similarity = copies.get(place, (None, None))
        is_wrong, disagrees = labels.is_named(place), bool(q_values[place] <= FALSE_SHARE)
        findings = [*seen.findings(place), *_if("mislabelled", is_wrong), *_if("disagrees", disagrees)]
        findings += _if("duplicate", copy_of is not None)
        given = values[place][~np.isnan(values[place])]
        items.append(
            ItemReview(
                item.sample_id, item.input, item.target,
                tuple(sorted(findings, key=FINDINGS.index)),
                float(given.mean()) if len(given) else None, int(seen.n[place]), len(given),
                _known(correlations, place), _known(q_values, place),
                suspicion, labels.rivals[place] if is_wrong else None,
                None if copy_of is None else rows.items[copy_of].sample_id, similarity,
                cost_a_year(item.paid_usd, rows.n_runs, pace),
                power.without([item.sample_id]) if findings else None,
            )
        )  # fmt: skip
    return TaskReview(
        rows.newest.task, rows.scorer, [label for _, _, label in rows.subjects], rows.n_runs, pace,
        items, labels, subjects_needed(int((~np.isnan(correlations)).sum())), power,
    )  # fmt: skip


class _Seen:
    """What the scores of each sample are, over all answers."""

    def __init__(self, rows: ItemRows) -> None:
        n = len(rows.items)
        self.n = np.zeros(n, dtype=np.int64)
        self._n_subjects = np.zeros(n, dtype=np.int64)
        self._low, self._high = np.full(n, np.inf), np.full(n, -np.inf)
        self._is_varied = np.zeros(n, dtype=np.bool_)
        for score in rows.scores:
            self.n[score.item] += score.n
            self._n_subjects[score.item] += 1
            self._low[score.item] = min(self._low[score.item], score.low)
            self._high[score.item] = max(self._high[score.item], score.high)
            self._is_varied[score.item] |= score.is_varied

    def findings(self, place: int) -> list[Finding]:
        is_told = self.n[place] >= LEAST_ANSWERS and self._n_subjects[place] > 1
        return [
            *_if("flaky", bool(self._is_varied[place])),
            *_if("always_wrong", bool(is_told and self._high[place] <= 0)),
            *_if("always_right", bool(is_told and self._low[place] >= 1)),
        ]


def _if(finding: Finding, is_so: bool) -> list[Finding]:
    return [finding] if is_so else []


def _copies(inputs: Sequence[str]) -> dict[int, tuple[int, float]]:
    """Place to the first sample that it nearly repeats, and the similarity."""
    found: dict[int, tuple[int, float]] = {}
    for first, second, similarity in near_duplicates(inputs):
        found.setdefault(second, (first, similarity))
    return found


def _known(values: Floats, place: int) -> float | None:
    return None if np.isnan(values[place]) else float(values[place])
