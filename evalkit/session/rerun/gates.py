"""``--llm-rerun`` for regression gates: further answers where they would decide one, then a second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evalkit.comparisons.repeat_noise import sd_before
from evalkit.core.verdict import Verdict
from evalkit.gates import sentences
from evalkit.gates.group_sequential import FIRST, decide_looks, holm_levels
from evalkit.gates.regression import PendingRegression
from evalkit.gates.rerun_plan import OpenGate, plan_rounds
from evalkit.runner.rounds import Ask
from evalkit.runner.unit import Unit
from evalkit.session.regression_gates import DecidedRegression, RegressionGates, WaitingRegression
from evalkit.session.rerun.eligibility import Asked, RerunEligibility


@dataclass(slots=True, eq=False)
class _Gate:
    """A regression gate between its looks.

    Attributes:
        sides: what a round asks; empty where the gate is never asked again.
        prices: evaluation id to requests of one round, for each side.
        reason: why it was not asked (further), a sentence.
        latest: as measured on the answers there are.
        is_settled: it was looked at for the second time, or cannot be.
    """

    waiting: WaitingRegression
    looks: list[PendingRegression]
    latest: PendingRegression
    sides: Sequence[Asked] = ()
    prices: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    is_settled: bool = False


@dataclass(slots=True)
class _Rounds:
    """What was asked of one evaluation since the first look."""

    n_rounds: int = 0
    n_answers: int = 0
    n_failed: int = 0


class RerunGates:
    """All regression gates of a session, with two looks at those that can be asked again.

    Args:
        regressions: measures the gates on the answers there are.
        askable: knows which answers can be asked for again.
        budget: requests that may be asked in all; a gate whose round is dearer than that has one look.
    """

    def __init__(self, regressions: RegressionGates, askable: RerunEligibility, budget: int) -> None:
        self._regressions = regressions
        self._eligibility = askable
        self._budget = budget
        self._gates: list[_Gate] = []
        self._indexes: dict[str, Sequence[int]] = {}
        self._open: list[int] = []
        self._rounds: dict[str, _Rounds] = {}

    def first_look(self) -> list[DecidedRegression]:
        """Every gate; those that are ``undecided`` get another verdict at the end."""
        waiting = self._regressions.measure()
        found = [self._sides(each) for each in waiting]
        self._indexes = _indexes_of_all([sides for sides in found if not isinstance(sides, str)])
        self._gates = [self._prepared(each, sides) for each, sides in zip(waiting, found, strict=True)]
        verdicts = decide_looks([gate.looks for gate in self._gates])
        self._open = [i for i, verdict in enumerate(verdicts) if verdict.word == "undecided"]
        return [self._decided(gate, verdict) for gate, verdict in zip(self._gates, verdicts, strict=True)]

    def next_round(self, left: int) -> list[Ask]:
        """The next answers to ask for, ``left`` at most; none where nothing would be decided."""
        candidates = [gate for i in self._open if (gate := self._gates[i]).sides and self._is_open(gate)]
        opened = [self._open_gate(gate) for gate in candidates]
        plan = plan_rounds(opened, left)
        for index, gate in enumerate(candidates):
            gate.reason = plan.reasons.get(index, "")
        for evaluation_id in plan.rounds:
            self._rounds.setdefault(evaluation_id, _Rounds()).n_rounds += 1
        units = {side.unit.evaluation_id: side.unit for gate in candidates for side in gate.sides}
        return _side_by_side([(units[each], self._indexes[each]) for each in plan.rounds])

    def on_answer(self, unit: Unit, is_failed: bool) -> None:
        """An answer that was asked for came."""
        rounds = self._rounds[unit.evaluation_id]
        rounds.n_answers += 1
        rounds.n_failed += is_failed

    def second_look(self) -> list[DecidedRegression]:
        """Those that the first look left undecided, with the second look where it took place."""
        verdicts = decide_looks([gate.looks for gate in self._gates])
        return [self._decided(self._gates[i], verdicts[i]) for i in self._open]

    def _sides(self, waiting: WaitingRegression) -> Sequence[Asked] | str:
        """What a round for this gate alone asks, or why it is never asked again; no word of what was not
        measured."""
        if waiting.pending.paired is None or waiting.pending.reservation:
            return ""
        sides = self._eligibility.sides(waiting)
        if isinstance(sides, str):
            return sides
        return self._why_not(sum(len(side.indexes) for side in sides)) or sides

    def _why_not(self, price: int) -> str:
        """Why a round that takes so many requests is never asked; empty where it may be."""
        if not price:
            return "no sample varied in earlier answers"
        is_too_dear = price > self._budget
        return f"a round takes {price:,} requests, --llm-rerun allows {self._budget:,}" if is_too_dear else ""

    def _prepared(self, waiting: WaitingRegression, sides: Sequence[Asked] | str) -> _Gate:
        prices: dict[str, int] = {}
        if not isinstance(sides, str):
            prices = {side.unit.evaluation_id: len(self._indexes[side.unit.evaluation_id]) for side in sides}
            sides = self._why_not(sum(prices.values())) or sides
        if isinstance(sides, str):
            reason = sentences.rerun_never(sides) if sides else ""
            return _Gate(waiting, [waiting.pending], waiting.pending, reason=reason)
        first = replace(waiting.pending, share=FIRST, remark=sentences.rerun_first_look(FIRST))
        return _Gate(waiting, [first], first, sides, prices)

    def _is_open(self, gate: _Gate) -> bool:
        """Whether the gate still waits for its second look, which takes place here once it is due, for
        whichever gate's sake the rounds were asked."""
        if gate.is_settled or self._broke(gate):
            return False
        if not any(self._done(gate)):
            return True
        again = self._regressions.measure_again(gate.waiting)
        gate.latest = again
        if again.paired is None:
            gate.is_settled, gate.reason = True, again.verdict.detail if again.verdict is not None else ""
            return False
        found = self._open_gate(gate)
        if found.n_rounds > 0:
            return True
        remark = sentences.rerun_second_look(found.share, self._counts(gate)[0])
        gate.looks.append(replace(again, share=found.share, remark=remark))
        gate.is_settled, gate.reason = True, ""
        return False

    def _open_gate(self, gate: _Gate) -> OpenGate:
        """As it stands, measured on the answers that have come."""
        paired, done = gate.latest.paired, self._done(gate)
        assert paired is not None
        level, least_level = holm_levels([each.looks for each in self._gates], self._gates.index(gate))
        first = [side.noise_now() for side in gate.sides]
        return OpenGate(
            paired.difference,
            gate.waiting.gate,
            level,
            least_level,
            [noise.after(n) for noise, n in zip(first, done, strict=True)],
            gate.prices,
            max(done),
            self._budget // sum(gate.prices.values()),
            sd_before(paired.difference.sd, first, done),
        )

    def _done(self, gate: _Gate) -> list[int]:
        """Rounds since the first look, of each side."""
        return [self._rounds[unit].n_rounds if unit in self._rounds else 0 for unit in gate.prices]

    def _broke(self, gate: _Gate) -> bool:
        """Whether so many further answers failed that no more are asked for; the gate then says so."""
        n_answers, n_failed = self._counts(gate)
        most = gate.waiting.evaluated.planned.task.max_error_rate
        if n_failed <= most * n_answers:
            return False
        gate.reason = sentences.rerun_failed(n_failed, n_answers)
        return True

    def _counts(self, gate: _Gate) -> tuple[int, int]:
        """Further answers to the gate's sides, and how many of them failed."""
        its = [self._rounds[unit] for unit in gate.prices if unit in self._rounds]
        return sum(each.n_answers for each in its), sum(each.n_failed for each in its)

    def _decided(self, gate: _Gate, verdict: Verdict) -> DecidedRegression:
        if verdict.verdict == "undecided" and gate.reason:
            verdict = replace(verdict, detail=f"{verdict.detail} {gate.reason}")
        return gate.waiting.decided(verdict)


def _indexes_of_all(gates: Sequence[Sequence[Asked]]) -> dict[str, Sequence[int]]:
    """Evaluation id to the Samples that a round asks for the sake of any of its gates."""
    wanted: dict[str, set[int]] = {}
    for sides in gates:
        for side in sides:
            wanted.setdefault(side.unit.evaluation_id, set()).update(side.indexes)
    return {evaluation_id: sorted(indexes) for evaluation_id, indexes in wanted.items()}


def _side_by_side(asked: Sequence[tuple[Unit, Sequence[int]]]) -> list[Ask]:
    """One round of each, Sample by Sample over the evaluations, so that a model which changes in the middle
    changes for all of them."""
    asks = []
    for unit, indexes in asked:
        repeats = unit.next_repeats()
        asks += [(index, Ask(unit, index, repeats[index])) for index in indexes]
    return [ask for _, ask in sorted(asks, key=lambda pair: pair[0])]
