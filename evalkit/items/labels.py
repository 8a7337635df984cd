"""Whether the history can tell wrong targets, and which they are."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.items.mislabelled import (
    LEAST_SAMPLES,
    LEAST_SUBJECTS,
    MOST_WRONG,
    NAMED,
    effective_subjects,
    suspicions,
)
from evalkit.items.votes import Floats, votes_of
from evalkit.store.items import ItemRows


@frozen(slots=True)
class LabelReview:
    """What is known of the targets.

    Attributes:
        probabilities: (n,) that each target is wrong; None where that cannot be told.
        rivals: (n,) the answer that most Subjects gave in place of the target, or None.
        n_effective: Subjects, those of one model counted as less.
        reason: why it cannot be told, one sentence; None where it can.
    """

    probabilities: Floats | None
    rivals: Sequence[str | None]
    n_effective: float
    reason: str | None

    def is_named(self, place: int) -> bool:
        """Whether the target of this sample is said to be wrong."""
        return self.probabilities is not None and bool(self.probabilities[place] >= NAMED)


def review_labels(rows: ItemRows, values: Floats) -> LabelReview:
    """From the rows and their (n, k) scores. Nothing is named where the history is too thin for it."""
    weights = effective_subjects([model for _, model, _ in rows.subjects])
    nothing: list[str | None] = [None] * len(values)
    n_effective = round(float(weights.sum()), 6)
    reason = _too_thin(rows, values, n_effective)
    if reason is not None:
        return LabelReview(None, nothing, n_effective, reason)
    answers: list[list[str | None]] = [[None] * values.shape[1] for _ in range(len(values))]
    for score in rows.scores:
        answers[score.item][score.subject] = score.wrong_answer
    votes = votes_of(values, answers, [item.target for item in rows.items])
    if not votes.rival.any():
        reason = f"scorer {rows.scorer} keeps no answers that could be held against the targets"
        return LabelReview(None, nothing, n_effective, reason)
    found = suspicions(votes, weights)
    if found.share > MOST_WRONG:
        reason = (
            f"Subjects and targets disagree in {found.share:.0%} of the samples: that is not "
            "due to single wrong targets"
        )
        return LabelReview(None, nothing, n_effective, reason)
    return LabelReview(found.probabilities, votes.rivals, n_effective, None)


def _too_thin(rows: ItemRows, values: Floats, n_effective: float) -> str | None:
    if len(values) < LEAST_SAMPLES:
        return f"{len(values)} samples do not tell how good a Subject is; it takes {LEAST_SAMPLES}"
    if n_effective < LEAST_SUBJECTS:
        n = len(rows.subjects)
        same = "" if n == round(n_effective) else f", worth {n_effective:.1f} as some are of one model"
        return (
            f"{plural(n, 'Subject')} {'is' if n == 1 else 'are'} too few{same}; it takes {LEAST_SUBJECTS:.0f}"
        )
    if not all(score.low in (0.0, 1.0) and score.high in (0.0, 1.0) for score in rows.scores):
        return f"scorer {rows.scorer} does not say right or wrong, but grades"
    return None
