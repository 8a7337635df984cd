"""Verdicts where people and tests find them: in the store, and on the board for the items that wait."""

from __future__ import annotations

from evalkit.core.gate import Gate
from evalkit.core.verdict import Verdict
from evalkit.runner.task_scorers import ASSERTS
from evalkit.session.evaluations import Evaluated
from evalkit.session.gate_properties import gate_properties
from evalkit.session.item_spec import ItemSpec
from evalkit.session.outcome import Board, ItemOutcome
from evalkit.session.units import BrokenUnit, Planned
from evalkit.store.spool import Spool

#: What stands for a gate in the verdict of a task that has neither gates nor asserted samples.
EVALUATED = "evaluated"

_OTHER_GATES = {"task": EVALUATED, "sample": ASSERTS}


class Publisher:
    """Puts up each verdict once for every item that waits for it."""

    def __init__(self, spool: Spool, board: Board) -> None:
        self._spool = spool
        self._board = board

    def gate(
        self, evaluated: Evaluated, gate: Gate, verdict: Verdict, baseline_id: str | None = None
    ) -> None:
        """How a gate came out; ``baseline_id`` is the evaluation that it was compared with, if any."""
        for item in evaluated.planned.items:
            if item.gate is gate:
                self.item(item, evaluated, verdict, baseline_id)

    def item(
        self, item: ItemSpec, evaluated: Evaluated, verdict: Verdict, baseline_id: str | None = None
    ) -> None:
        """How one item came out."""
        self.keep(evaluated, verdict, baseline_id)
        numbers = gate_properties(item.gate, verdict, evaluated.estimates) if item.gate is not None else {}
        self._board.publish(item.outcome_id, ItemOutcome(verdict.word, verdict.detail, properties=numbers))

    def keep(self, evaluated: Evaluated, verdict: Verdict, baseline_id: str | None = None) -> None:
        """Store a verdict that is not put up (yet)."""
        self._spool.add_verdict(evaluated.evaluation.evaluation_id, verdict, baseline_id)

    def broken(self, planned: BrokenUnit) -> None:
        """Every item of a unit that cannot be asked is an error that says why."""
        self.failed(planned, planned.failure)

    def failed(self, planned: Planned, failure: str) -> None:
        """Every item of a unit that could not be evaluated is an error that says why."""
        gates = {item.gate.text if item.gate else _OTHER_GATES[item.kind]: None for item in planned.items}
        for gate in gates:
            self._spool.add_verdict(planned.evaluation_id, Verdict(gate, "error", failure))
        for item in planned.items:
            self._board.publish(item.outcome_id, ItemOutcome("error", failure))
