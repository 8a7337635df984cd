"""Candidate against baseline: ``pass``, ``fail`` or ``undecided``, alpha shared over the session.

The rule itself is ``rule``. Its question has a direction, so that tests are one-sided at alpha
and intervals the 1 - 2 alpha ones, each end of which holds at 1 - alpha.

* ``pass`` rests on the gate's own alpha. It is not shared: a session passes only if all its gates do, so
  looking at more gates makes a wrong pass rarer, not likelier.
* "Worse" and "better" are shown where the paired test says so at the level that Holm's step-down leaves for
  the gate (``family``), and the interval at that same level does. The test is exact, the
  interval approximate (a score, t or bootstrap interval): asking both keeps the rate of sessions with any
  false alarm at alpha.
* ``undecided`` says the drop that could have been seen, and a plan: the n on which an unchanged candidate
  passes.

A gate whose task may stop early (``evalkit.gates.deciding.sequential``) or be asked again
(``evalkit.gates.deciding.group_sequential``) leaves this test only a part of alpha.

Before any of them stands the rule of ``evalkit.comparisons.comparable``: complete, paired, few errors.

A verdict shows the interval that it rests on: the own level for ``pass``, the shared one otherwise; both are
the same when a session has one regression gate. ``Comparison.alpha`` is the level of that interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.core.estimate import Comparison
from evalkit.core.verdict import GateResult, Verdict
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused, Stopped
from evalkit.gates.deciding.family import Standing, standings
from evalkit.gates.deciding.rule import fails, passes
from evalkit.gates.deciding.unseen import without_unseen
from evalkit.stats.power import POWER
from evalkit.stats.sides import Sides


def decide_session(gates: Sequence[ComparedGate], others: Sequence[Sides] = ()) -> list[Verdict]:
    """Verdicts of all compared gates of a session, in order, each gate's alpha shared over them by Holm.
    Slices that are too small to show anything have no part in it.

    Args:
        others: tests of gates that were decided before and share alpha too.
    """
    gates = without_unseen(gates)
    tested = [gate for gate in gates if not isinstance(gate, Refused) or gate.is_waiting]
    tests, alphas = [each.tests for each in tested], [each.gate.alpha for each in tested]
    places = iter(standings([*tests, *others], alphas))
    return [
        gate.verdict
        if isinstance(gate, Refused) and not gate.is_waiting
        else decide_regression(gate, next(places))
        for gate in gates
    ]


def decide_regression(gate: ComparedGate, standing: Standing | None = None) -> Verdict:
    """The verdict of one gate, as it stands in its session; None for a gate alone."""
    if isinstance(gate, Refused):
        return gate.verdict
    standing = standing or standings([gate.tests], [gate.gate.alpha])[0]
    return _stopped(gate, standing) if isinstance(gate, Stopped) else _measured(gate, standing)


def _measured(measured: Measured, standing: Standing) -> Verdict:
    gate, paired = measured.gate, measured.paired
    own = paired.at(measured.share * gate.alpha)
    shared = _shared(measured, standing)
    would_pass = passes(gate, own)
    result: GateResult = "pass" if would_pass else "fail" if fails(gate, shared) else "undecided"
    shown = replace(own, is_better=shared.is_better, is_worse=shared.is_worse) if would_pass else shared
    if result == "undecided":
        shown = _with_plan(measured, shown)
    shown = replace(shown, pooled_with=measured.pooled_with)
    fails_alone = result == "undecided" and _fails_alone(measured)
    text = sentences.regression(
        gate, result, shown, measured.is_higher_better, standing, fails_alone=fails_alone
    )
    detail = " ".join(filter(None, [text, *_remarks(measured, would_pass)]))
    outcome: GateResult = "undecided" if would_pass and measured.reservation else result
    return Verdict(gate.text, outcome, detail, standing.p_value, measured.baseline_run_id, shown)


def _shared(measured: Measured, standing: Standing) -> Comparison:
    """At the level of "worse"; "better" is held to a level of its own."""
    is_one_sided, share, paired = not measured.gate.is_two_sided, measured.share, measured.paired
    worse = paired.at(share * standing.level, is_one_sided=is_one_sided)
    better = paired.at(share * standing.level_better, is_one_sided=is_one_sided)
    return replace(
        worse,
        is_better=better.is_better,
        p_two_sided=paired.difference.tests.over(share).two_sided,
    )


def _fails_alone(measured: Measured) -> bool:
    """Whether the gate would fail if it were the only one of its session."""
    gate = measured.gate
    own = measured.paired.at(measured.share * gate.alpha, is_one_sided=not gate.is_two_sided)
    return fails(gate, own)


def _remarks(gate: Measured | Stopped, would_pass: bool) -> list[str]:
    """What the numbers are over, and what they cannot show."""
    doubt = gate.reservation
    if doubt and would_pass:
        doubt = f"Undecided all the same. {doubt}"
    return [gate.common, doubt, gate.remark]


def _stopped(stopped: Stopped, standing: Standing) -> Verdict:
    gate, looks, tests = stopped.gate, stopped.looks, stopped.tests
    shown = replace(
        looks.comparison,
        is_better=looks.comparison.low > 0 and tests.better <= standing.level_better,
        is_worse=looks.comparison.high < 0 and tests.worse <= standing.level,
        pooled_with=stopped.pooled_with,
    )
    numbers = sentences.regression(gate, looks.outcome, shown, stopped.is_higher_better, standing)
    how_far = sentences.stopped(looks.n_seen, looks.n_total, shown.confidence)
    would_pass = looks.outcome == "pass"
    outcome: GateResult = "undecided" if would_pass and stopped.reservation else looks.outcome
    detail = " ".join(filter(None, [numbers, *_remarks(stopped, would_pass), how_far]))
    return Verdict(gate.text, outcome, detail, standing.p_value, stopped.baseline_run_id, shown)


def _with_plan(measured: Measured, shown: Comparison) -> Comparison:
    """The samples on which an unchanged candidate passes in 80 %; of a corrected difference the labels or
    samples. The d that was seen has no part in it: it is one draw, and what it promises may be far from what
    the next one shows."""
    gate, alpha = measured.gate, measured.share * measured.gate.alpha
    # Within the margin both ways: each way is missed in half of what may be missed.
    power = 1 - (1 - POWER) / 2 if gate.is_two_sided else POWER
    if shown.correction is None:
        return replace(shown, n_planned=measured.paired.difference.n_to_see(gate.margin, alpha, power))
    from evalkit.gates.deciding.correcting import with_plan  # where people labelled answers

    return with_plan(measured, shown, alpha, power)
