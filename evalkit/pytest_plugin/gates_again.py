"""``--llm-rerun`` for regression gates: further answers where they would decide one, then a second look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalkit.core.verdict import Verdict
from evalkit.gates import sentences
from evalkit.gates.regression import PendingRegression
from evalkit.gates.rerun_plan import OpenGate, plan_rounds
from evalkit.gates.two_looks import FIRST, SECOND, decide_looks, holm_level
from evalkit.pytest_plugin.askable import Askable, Asked
from evalkit.pytest_plugin.regression_gates import DecidedRegression, RegressionGates, WaitingRegression
from evalkit.runner.rounds import Ask
from evalkit.runner.unit import Unit


@dataclass(slots=True)
class _Gate:
    """A regression gate between its looks.

    Attributes:
        sides: what a round asks; empty where the gate is never asked again.
        reason: why it was not asked (further), a sentence.
    """

    waiting: WaitingRegression
    looks: list[PendingRegression]
    sides: Sequence[Asked] = ()
    reason: str = ""

    @property
    def prices(self) -> dict[str, int]:
        """Requests of one round by evaluation."""
        return {side.unit.evaluation_id: len(side.indexes) for side in self.sides}


@dataclass(slots=True)
class _Rounds:
    """What was asked of one evaluation since the first look."""

    n_rounds: int = 0
    n_answers: int = 0
    n_failed: int = 0


class GatesAgain:
    """All regression gates of a session, with two looks at those that can be asked again.

    Args:
        regressions: measures the gates on the answers there are.
        askable: knows which answers can be asked for again.
        budget: requests that may be asked in all; a gate whose round is dearer than that has one look.
    """

    def __init__(self, regressions: RegressionGates, askable: Askable, budget: int) -> None:
        self._regressions = regressions
        self._askable = askable
        self._budget = budget
        self._gates: list[_Gate] = []
        self._open: list[int] = []
        self._rounds: dict[str, _Rounds] = {}

    def first_look(self) -> list[DecidedRegression]:
        """Every gate; those that are ``undecided`` get another verdict at the end."""
        self._gates = [self._prepared(waiting) for waiting in self._regressions.measure()]
        verdicts = decide_looks([gate.looks for gate in self._gates])
        self._open = [i for i, verdict in enumerate(verdicts) if verdict.verdict == "undecided"]
        return [self._decided(gate, verdict) for gate, verdict in zip(self._gates, verdicts, strict=True)]

    def next_round(self, left: int) -> list[Ask]:
        """The next answers to ask for, ``left`` at most; none where nothing would be decided."""
        candidates = [self._gates[i] for i in self._open if self._gates[i].sides and not self._broke(i)]
        opened = [self._open_gate(gate) for gate in candidates]
        done = {evaluation_id: each.n_rounds for evaluation_id, each in self._rounds.items()}
        plan = plan_rounds(opened, left, done)
        for index, gate in enumerate(candidates):
            gate.reason = plan.reasons.get(index, "")
        sides = {s.unit.evaluation_id: s for gate in candidates for s in gate.sides}
        asked = [sides[evaluation_id] for evaluation_id in plan.rounds]
        for side in asked:
            self._rounds.setdefault(side.unit.evaluation_id, _Rounds()).n_rounds += 1
        return _side_by_side(asked)

    def on_answer(self, unit: Unit, is_failed: bool) -> None:
        """An answer that was asked for came."""
        rounds = self._rounds[unit.evaluation_id]
        rounds.n_answers += 1
        rounds.n_failed += is_failed

    def second_look(self) -> list[DecidedRegression]:
        """Those that the first look left undecided, on all answers."""
        for i in self._open:
            self._look_again(self._gates[i])
        verdicts = decide_looks([gate.looks for gate in self._gates])
        return [self._decided(self._gates[i], verdicts[i]) for i in self._open]

    def _prepared(self, waiting: WaitingRegression) -> _Gate:
        if waiting.pending.paired is None:
            return _Gate(waiting, [waiting.pending])
        sides = self._askable.sides(waiting)
        if isinstance(sides, str):
            return _Gate(waiting, [waiting.pending], reason=sentences.rerun_never(sides))
        gate = _Gate(waiting, [waiting.pending], sides)
        price = sum(gate.prices.values())
        if price > self._budget:
            return replace(gate, sides=(), reason=sentences.rerun_never(_too_dear(price, self._budget)))
        first = replace(waiting.pending, share=FIRST, remark=sentences.rerun_first_look(FIRST))
        return replace(gate, looks=[first])

    def _open_gate(self, gate: _Gate) -> OpenGate:
        first, wanted = gate.looks[0], gate.waiting.gate
        assert first.paired is not None
        level = holm_level([each.looks for each in self._gates], self._gates.index(gate))
        return OpenGate(
            first.paired.difference,
            wanted.margin,
            SECOND * wanted.alpha,
            SECOND * level,
            [side.noise_now() for side in gate.sides],
            gate.prices,
        )

    def _broke(self, index: int) -> bool:
        """Whether so many further answers failed that no more are asked for; the gate then says so."""
        gate = self._gates[index]
        n_answers, n_failed = self._counts(gate)
        most = gate.waiting.evaluated.planned.task.max_error_rate
        if n_failed <= most * n_answers:
            return False
        gate.reason = sentences.rerun_failed(n_failed, n_answers)
        return True

    def _look_again(self, gate: _Gate) -> None:
        n_answers, _ = self._counts(gate)
        if not n_answers or self._broke(self._gates.index(gate)):
            return
        again = self._regressions.measure_again(gate.waiting)
        if again.paired is None:
            gate.reason = again.verdict.detail if again.verdict is not None else ""
            return
        remark = sentences.rerun_second_look(SECOND, n_answers)
        gate.looks.append(replace(again, share=SECOND, remark=remark))

    def _counts(self, gate: _Gate) -> tuple[int, int]:
        """Further answers to the gate's sides, and how many of them failed."""
        its = [self._rounds[unit] for unit in gate.prices if unit in self._rounds]
        return sum(each.n_answers for each in its), sum(each.n_failed for each in its)

    def _decided(self, gate: _Gate, verdict: Verdict) -> DecidedRegression:
        if verdict.verdict == "undecided" and gate.reason:
            verdict = replace(verdict, detail=f"{verdict.detail} {gate.reason}")
        return gate.waiting.decided(verdict)


def _side_by_side(asked: Sequence[Asked]) -> list[Ask]:
    """One round of each, Sample by Sample over the evaluations, so that a model which changes in the middle
    changes for all of them."""
    repeats = {side.unit.evaluation_id: side.unit.next_repeats() for side in asked}
    asks = [
        (index, Ask(side.unit, index, repeats[side.unit.evaluation_id][index]))
        for side in asked
        for index in side.indexes
    ]
    return [ask for _, ask in sorted(asks, key=lambda pair: pair[0])]


def _too_dear(price: int, budget: int) -> str:
    return f"a round takes {price:,} requests, --llm-rerun allows {budget:,}"
