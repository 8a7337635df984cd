"""``squad_em``: exact match after SQuAD's normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.scorers.match.squad import Squad


@dataclass(frozen=True)
class SquadEm(Squad):
    """1 if output and any reference are equal after SQuAD's normalisation, else 0.

    Normalisation, unanswerable questions and errors are those of ``squad``. It has a name of its own so
    that both scores can stand in one store.

    Args:
        no_answer: outputs (compared normalised) by which the model says that there is no answer.
    """

    name = "squad_em"
    kind = "binary"
    gives_answer = True

    def _compare(self, output: str, reference: str) -> float:
        return float(output == reference)
