"""What people say of the answers of one evaluation: what metrics over reviews read."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.core.label import Label


@frozen(slots=True)
class Preference:
    """What one reviewer said of two Subjects' answers to one Sample.

    Attributes:
        first, second: what the Subjects are called.
        value: 1 where the first one's answer is better, 0 where the second one's is, 0.5 for a tie.
        inclusion_probability: with which the Sample was picked, in (0, 1].
        question_hash: what was asked; None where it is unknown.
    """

    sample_id: str
    reviewer: str
    first: str
    second: str
    value: float
    inclusion_probability: float = 1.0
    question_hash: str | None = None


@frozen(slots=True)
class Reviewed:
    """All that people said.

    Attributes:
        labels: of the evaluation's own answers, those to the same text as an answer of another evaluation
            among them; no pairs.
        preferences: pairs with an answer of the evaluation, and those among the Subjects that it met.
        subject: what the evaluation's own Subject is called in ``preferences``.
    """

    labels: Sequence[Label] = ()
    preferences: Sequence[Preference] = ()
    subject: str = ""
