"""Which question the labels of a metric answer: labels of two questions are not one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.reviewed import Reviewed
from evalkit.errors import MetricError, UndefinedError

NOTHING_SAID = Reviewed()


class Said(Protocol):
    """A label of any kind."""

    @property
    def question_hash(self) -> str | None: ...


S = TypeVar("S", bound=Said)


def reviewed(observations: Observations) -> Reviewed:
    """What people said of the responses; nothing where nobody did."""
    return observations.reviewed or NOTHING_SAID


def of_question(labels: Sequence[S], question: str | None, metric: str) -> list[S]:
    """The labels that answer ``question``, the start of its hash; all of them where it is None.

    Raises:
        MetricError: labels of several questions are left.
    """
    kept = [each for each in labels if question is None or (each.question_hash or "").startswith(question)]
    known = question_hashes(kept)
    if len(known) > 1:
        raise MetricError(
            f"people answered {len(known)} questions about these responses: {', '.join(known)}",
            hint=f"say which: '{metric}: {{question: {known[-1]}}}'",
        )
    return kept


def question_hashes(labels: Sequence[Said]) -> list[str]:
    """Of all labels, sorted; ``none`` of labels that came without."""
    return sorted({each.question_hash or "none" for each in labels})


def n_without_answer(observations: Observations) -> int:
    """Responses that failed: there is nothing to review."""
    errors = column_of(observations.responses, "error")
    return len(errors) - errors.count(None)


def nobody(what: str, options: str = "") -> UndefinedError:
    """That nobody said anything yet.

    Args:
        options: of the command that asks people.
    """
    hint = f"'{' '.join(('evalkit review RUN', options)).rstrip()}' opens the page where people do"
    return UndefinedError(f"nobody has {what} yet", hint=hint)
