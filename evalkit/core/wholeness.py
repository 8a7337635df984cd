"""Whether an evaluation is whole: the one rule that stands before every baseline, and before every ``pass``
of a regression gate.

An evaluation is whole when it ended by itself, when every response that was asked for is there, once, and
when every sample of its dataset was asked. ``comparisons.comparable`` adds what two evaluations must share.
"""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.core.run import Evaluation
from evalkit.core.text import plural


@frozen(slots=True)
class Answered:
    """What is there of an evaluation.

    Attributes:
        n_asked: (sample, repeat) pairs that are there, of the repeats that every sample was asked for; where
            their number is not known (another tool's run), samples.
        n_double: rows beyond the first for one (sample, repeat).
    """

    n_asked: int
    n_double: int = 0


def why_cut(evaluation: Evaluation, there: Answered) -> str | None:
    """Why the evaluation lacks what it asked for, or None.

    Numbers that another tool reported without its answers lack nothing: there was nothing to keep.
    """
    if evaluation.status != "finished":
        word = "is still going on" if evaluation.status == "running" else "was cut off"
        return f"it {word}: {_share(evaluation, there)}"
    if not evaluation.task_hash:  # calls by hand (the ``llm`` fixture): nothing was asked for beforehand
        return None
    is_reported = evaluation.n_repeats is None and there.n_asked == 0
    if there.n_asked < _n_asked(evaluation) and not is_reported:
        return f"{_share(evaluation, there)} are there"
    if there.n_double:
        verb = "appears" if there.n_double == 1 else "appear"
        return f"{plural(there.n_double, 'response')} {verb} twice"
    return None


def why_limited(evaluation: Evaluation) -> str | None:
    """Why it says nothing of the whole dataset, or None: fewer samples were asked for than there are."""
    if evaluation.n_available is None or evaluation.n_samples >= evaluation.n_available:
        return None
    asked = f"{evaluation.n_samples:,} of {plural(evaluation.n_available, 'sample')} were asked"
    return f"{asked}, then the budget of the session was spent" if evaluation.n_left_out else asked


def why_not_whole(evaluation: Evaluation, there: Answered) -> str | None:
    """Why the evaluation is not whole, or None."""
    return why_cut(evaluation, there) or why_limited(evaluation)


def _n_asked(evaluation: Evaluation) -> int:
    return evaluation.n_samples * (evaluation.n_repeats or 1)


def _share(evaluation: Evaluation, there: Answered) -> str:
    what = "response" if evaluation.n_repeats is not None else "sample"
    return f"{there.n_asked:,} of {plural(_n_asked(evaluation), what)}"
