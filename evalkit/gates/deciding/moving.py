"""Whether a baseline may move on to a run, as far as its gates tell.

A run without failing gates is not yet one to measure others by: a gate that is ``undecided`` may hide a drop
that too few samples could not show, and a baseline that follows such drops hides the next ones too. So

* an undecided gate that fell by its margin or more keeps a baseline where it is, whatever one says;
* any other undecided gate does so unless undecided gates are allowed.

Gates that are ``recorded`` had nothing to fall from. Asserted samples are not gates: a flaky one does not
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.comparisons.wording import number
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import regressions
from evalkit.gates.deciding.rule import reaches_margin

#: What stands for the asserted samples of a task among its verdicts.
_ASSERTS = "asserts"


@dataclass(frozen=True, slots=True)
class Held:
    """Why a baseline stays.

    Attributes:
        reason: the first gate that holds it and how many more do, a clause.
        is_drop: whether a drop of the margin or more does, which no policy allows.
    """

    reason: str
    is_drop: bool


def why_held(
    scored: Iterable[tuple[Evaluation, Iterable[Verdict]]], *, is_undecided_allowed: bool = False
) -> Held | None:
    """Why no baseline may move on to a run with these evaluations and their verdicts, or None."""
    open_gates = [
        (evaluation, verdict)
        for evaluation, verdicts in scored
        for verdict in verdicts
        if verdict.word == "undecided" and verdict.gate != _ASSERTS
    ]
    fell = [(*each, drop) for each in open_gates if (drop := _drop_beyond_margin(*each)) is not None]
    if fell:
        evaluation, verdict, drop = fell[0]
        what = f"is undecided and fell by {number(drop)}, its margin or more"
        return Held(f"{evaluation.task}: {verdict.gate} {what}{_more(fell)}", is_drop=True)
    if open_gates and not is_undecided_allowed:
        evaluation, verdict = open_gates[0]
        return Held(f"{evaluation.task}: {verdict.gate} is undecided{_more(open_gates)}", is_drop=False)
    return None


def _drop_beyond_margin(evaluation: Evaluation, verdict: Verdict) -> float | None:
    """The drop that was seen, where it is one and not less than the gate's margin."""
    if verdict.comparison is None or evaluation.rules is None:
        return None
    gates = [gate for gate in regressions(evaluation.rules.gates) if gate.text == verdict.gate]
    seen = verdict.comparison.difference
    return -seen if gates and seen < 0 and reaches_margin(gates[0], seen) else None


def _more(found: Sequence[object]) -> str:
    return f" ({plural(len(found) - 1, 'more gate')})" if len(found) > 1 else ""
