"""The answers of an evaluation with what the store says for each."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.review.picking.pick import Candidate, Reason
from evalkit.store.connection import Connection
from evalkit.store.review_signals import AnswerSignals, read_signals

#: Evaluation id, sample id and repeat.
AnswerKey = tuple[str, str, int]


def candidates_of(
    connection: Connection, evaluation_id: str, baseline_id: str | None = None
) -> list[Candidate[AnswerKey]]:
    """Every answer of an evaluation that came, in the order of the dataset.

    Args:
        baseline_id: the evaluation that it is compared with, for what flipped.
    """
    found = read_signals(connection, evaluation_id, baseline_id)
    return [Candidate((evaluation_id, each.sample_id, each.repeat), _reasons(each)) for each in found]


def _reasons(signals: AnswerSignals) -> Mapping[Reason, float]:
    known: dict[Reason, float | None] = {
        "flip": signals.flip,
        "disagree": signals.disagree,
        "unsure": signals.unsure,
    }
    return {reason: strength for reason, strength in known.items() if strength is not None}
