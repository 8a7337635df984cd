"""``--llm-rerun`` for gates that compare: further answers where they would decide one, then a second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.comparisons.repeat_noise import sd_before
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import Measured, Refused
from evalkit.gates.deciding.group_sequential import FIRST, Looks, decide_looks, holm_levels
from evalkit.gates.deciding.rerun_plan import OpenGate, plan_rounds
from evalkit.gates.deciding.unseen import without_unseen
from evalkit.runner.rounds import Ask
from evalkit.runner.unit import Unit
from evalkit.session.compared_gates import ComparedGates, Comparing
from evalkit.session.rerun.eligibility import Asked, RerunEligibility

#: Evaluation id to the Samples that a round asks.
Indexes = Mapping[str, Sequence[int]]


@dataclass(slots=True, eq=False)
class _OneLook:
    """A gate that is never asked again.

    Attributes:
        reason: why, a sentence; empty for one that was not measured.
    """

    comparing: Comparing
    reason: str = ""

    @property
    def looks(self) -> Looks:
        return [self.comparing.found]


@dataclass(slots=True, eq=False)
class _TwoLooks:
    """A gate that may be asked again between its looks.

    Attributes:
        share: the part of alpha that both looks have; looks before the end may have had the rest.
        first: the first look.
        sides: what a round asks.
        prices: evaluation id to requests of one round, for each side.
        latest: as measured on the answers there are.
        second: the second look, once it took place.
        is_settled: it took place, or cannot.
        reason: why it was not asked (further), a sentence.
    """

    comparing: Comparing
    share: float
    first: Measured
    sides: Sequence[Asked]
    prices: Mapping[str, int]
    latest: Measured
    second: Measured | None = None
    is_settled: bool = False
    reason: str = ""

    @property
    def looks(self) -> Looks:
        return [self.first] if self.second is None else [self.first, self.second]


@dataclass(slots=True)
class _Rounds:
    """What was asked of one evaluation since the first look."""

    n_rounds: int = 0
    n_answers: int = 0
    n_failed: int = 0


class RerunGates:
    """All compared gates of a session, with two looks at those that can be asked again.

    Args:
        compared: measures the gates on the answers there are.
        eligibility: knows which answers can be asked for again.
        budget: requests that may be asked in all; a gate whose round is dearer than that has one look.
    """

    def __init__(self, compared: ComparedGates, eligibility: RerunEligibility, budget: int) -> None:
        self._compared = compared
        self._eligibility = eligibility
        self._budget = budget
        self._gates: list[_OneLook | _TwoLooks] = []
        self._indexes: Indexes = {}
        self._open: list[int] = []
        self._rounds: dict[str, _Rounds] = {}

    def first_look(self) -> list[tuple[Comparing, Verdict]]:
        """Every gate; those that are ``undecided`` get another verdict at the end."""
        comparings = self._compared.measure()
        seen = without_unseen([each.found for each in comparings])
        comparings = [replace(each, found=found) for each, found in zip(comparings, seen, strict=True)]
        found = [self._sides(each) for each in comparings]
        self._indexes = _indexes_of_all([sides for sides in found if not isinstance(sides, str)])
        self._gates = [self._prepared(each, sides) for each, sides in zip(comparings, found, strict=True)]
        verdicts = self._verdicts()
        self._open = [i for i, verdict in enumerate(verdicts) if verdict.word == "undecided"]
        return [self._decided(i, verdict) for i, verdict in enumerate(verdicts)]

    def next_round(self, left: int) -> list[Ask]:
        """The next answers to ask for, ``left`` at most; none where nothing would be decided."""
        gates = [(i, gate) for i in self._open if isinstance(gate := self._gates[i], _TwoLooks)]
        candidates = [(i, gate) for i, gate in gates if self._is_open(i, gate)]
        plan = plan_rounds([self._open_gate(i, gate) for i, gate in candidates], left)
        for place, (_, gate) in enumerate(candidates):
            gate.reason = plan.reasons.get(place, "")
        for evaluation_id in plan.rounds:
            self._rounds.setdefault(evaluation_id, _Rounds()).n_rounds += 1
        units = {side.unit.evaluation_id: side.unit for _, gate in candidates for side in gate.sides}
        return _side_by_side([(units[each], self._indexes[each]) for each in plan.rounds])

    def on_answer(self, unit: Unit, is_failed: bool) -> None:
        """An answer that was asked for came."""
        rounds = self._rounds[unit.evaluation_id]
        rounds.n_answers += 1
        rounds.n_failed += is_failed

    def second_look(self) -> list[tuple[Comparing, Verdict]]:
        """Those that the first look left undecided, with the second look where it took place."""
        verdicts = self._verdicts()
        return [self._decided(i, verdicts[i]) for i in self._open]

    def _verdicts(self) -> list[Verdict]:
        return decide_looks([gate.looks for gate in self._gates])

    def _decided(self, index: int, verdict: Verdict) -> tuple[Comparing, Verdict]:
        gate = self._gates[index]
        if verdict.verdict == "undecided" and gate.reason:
            verdict = replace(verdict, detail=f"{verdict.detail} {gate.reason}")
        return gate.comparing, verdict

    def _sides(self, comparing: Comparing) -> Sequence[Asked] | str:
        """What a round for this gate alone asks, or why it is never asked again; no word of what was not
        measured."""
        if not isinstance(comparing.found, Measured) or comparing.found.reservation:
            return ""
        sides = self._eligibility.sides(comparing)
        if isinstance(sides, str):
            return sides
        return self._why_not(sum(len(side.indexes) for side in sides)) or sides

    def _why_not(self, price: int) -> str:
        """Why a round that takes so many requests is never asked; empty where it may be."""
        if not price:
            return "no sample varied in earlier answers"
        is_too_dear = price > self._budget
        return f"a round takes {price:,} requests, --llm-rerun allows {self._budget:,}" if is_too_dear else ""

    def _prepared(self, comparing: Comparing, sides: Sequence[Asked] | str) -> _OneLook | _TwoLooks:
        found, prices = comparing.found, {}
        if not isinstance(sides, str):
            prices = {side.unit.evaluation_id: len(self._indexes[side.unit.evaluation_id]) for side in sides}
            sides = self._why_not(sum(prices.values())) or sides
        if isinstance(sides, str):
            return _OneLook(comparing, sentences.rerun_never(sides) if sides else "")
        if not isinstance(found, Measured):
            return _OneLook(comparing)
        remark = _joined(found.remark, sentences.rerun_first_look(FIRST))
        first = replace(found, share=found.share * FIRST, remark=remark)
        return _TwoLooks(comparing, found.share, first, sides, prices, first)

    def _is_open(self, index: int, gate: _TwoLooks) -> bool:
        """Whether the gate still waits for its second look, which takes place here once it is due, for
        whichever gate's sake the rounds were asked."""
        if gate.is_settled or self._broke(gate):
            return False
        if not any(self._done(gate)):
            return True
        again = self._compared.measure_again(gate.comparing).found
        if not isinstance(again, Measured):
            gate.is_settled, gate.reason = True, again.verdict.detail if isinstance(again, Refused) else ""
            return False
        gate.latest = again
        found = self._open_gate(index, gate)
        if found.n_rounds > 0:
            return True
        remark = _joined(again.remark, sentences.rerun_second_look(found.share, self._counts(gate)[0]))
        gate.second = replace(again, share=found.share, remark=remark)
        gate.is_settled, gate.reason = True, ""
        return False

    def _open_gate(self, index: int, gate: _TwoLooks) -> OpenGate:
        """As it stands, measured on the answers that have come."""
        difference, done = gate.latest.paired.difference, self._done(gate)
        level, least_level = holm_levels([each.looks for each in self._gates], index)
        first = [side.noise_now() for side in gate.sides]
        return OpenGate(
            difference,
            gate.comparing.gate,
            level,
            least_level,
            [noise.after(n) for noise, n in zip(first, done, strict=True)],
            gate.prices,
            max(done),
            self._budget // sum(gate.prices.values()),
            sd_before(difference.sd, first, done),
            gate.share,
        )

    def _done(self, gate: _TwoLooks) -> list[int]:
        """Rounds since the first look, of each side."""
        return [self._rounds[unit].n_rounds if unit in self._rounds else 0 for unit in gate.prices]

    def _broke(self, gate: _TwoLooks) -> bool:
        """Whether so many further answers failed that no more are asked for; the gate then says so."""
        n_answers, n_failed = self._counts(gate)
        if n_failed <= gate.comparing.evaluated.planned.task.max_error_rate * n_answers:
            return False
        gate.reason = sentences.rerun_failed(n_failed, n_answers)
        return True

    def _counts(self, gate: _TwoLooks) -> tuple[int, int]:
        """Further answers to the gate's sides, and how many of them failed."""
        its = [self._rounds[unit] for unit in gate.prices if unit in self._rounds]
        return sum(each.n_answers for each in its), sum(each.n_failed for each in its)


def _joined(*remarks: str) -> str:
    return " ".join(filter(None, remarks))


def _indexes_of_all(gates: Sequence[Sequence[Asked]]) -> Indexes:
    """The Samples that a round asks for the sake of any of its gates."""
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
