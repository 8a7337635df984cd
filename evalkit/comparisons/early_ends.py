"""Evaluations that a tournament ended: how many samples they have hung on what was seen, so that no test of a
fixed number of samples holds."""

from __future__ import annotations

from evalkit.core.run import Evaluation
from evalkit.core.text import plural

#: How one stands whose asking the looks ended -> what is said of it.
_WORDS = {"dropped": "dropped", "winner": "won"}


def early_end(baseline: Evaluation, candidate: Evaluation) -> str:
    """``dropped after 40 of 400 samples``, with the baseline's label before where it is the baseline's end;
    empty where both were asked to the end."""
    own, other = _end(candidate), _end(baseline)
    if other and not own.startswith(_WORDS["dropped"]):
        return f"{baseline.subject.label} {other}"
    return own


def _end(evaluation: Evaluation) -> str:
    race = evaluation.tournament
    if race is None or evaluation.n_samples >= race.n_total:
        return ""
    word = _WORDS.get(race.standing)
    return f"{word} after {race.n_samples:,} of {plural(race.n_total, 'sample')}" if word else ""
