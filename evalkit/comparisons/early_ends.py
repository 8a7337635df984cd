"""Evaluations that a tournament or looks ended: how many samples they have hung on what was seen, so that no
test of a fixed number of samples holds."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation
from evalkit.core.text import plural

#: How one stands whose asking the looks ended -> what is said of it.
_WORDS = {"dropped": "dropped", "winner": "won"}
#: The number that a session keeps of a task that looks on the way stopped.
_STOPPED = "saved_calls"


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


def is_stopped(evaluation: Evaluation, estimates: Iterable[Estimate]) -> bool:
    """Whether looks at its gates ended the asking: they are decided by tests that allow it, and nothing else
    can be tested."""
    return evaluation.tournament is None and any(each.metric == _STOPPED and each.value for each in estimates)


def stop(
    baseline: tuple[Evaluation, Iterable[Estimate]], candidate: tuple[Evaluation, Iterable[Estimate]]
) -> str:
    """``stopped after 61 of 1,500 samples``, with the baseline's label before where it is the baseline's end;
    empty where no looks ended the asking of either."""
    if is_stopped(*candidate):
        return _stop(candidate[0])
    return f"{baseline[0].subject.label} {_stop(baseline[0])}" if is_stopped(*baseline) else ""


def _stop(evaluation: Evaluation) -> str:
    n, n_all = evaluation.n_samples, evaluation.n_available
    of_all = f"{n:,} of {plural(n_all, 'sample')}" if n_all is not None else plural(n, "sample")
    return f"stopped after {of_all}"
