"""What became of a gate that holds a candidate against a baseline, before its session's gates are decided."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.comparisons.compare import Paired
from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.sequential import StoppedRegression
from evalkit.gates.regression import RegressionGate
from evalkit.stats.sides import NOTHING, Sides


@frozen(slots=True)
class Measured:
    """The difference was measured over the part that both sides share.

    Attributes:
        share: the part of alpha that this test has; other looks have the rest.
        remark: what the detail is to say of these looks.
        common: which samples the verdict is over, where the dataset was edited, a sentence.
        reservation: why the gate cannot pass, a sentence; empty where it can.
        pooled_with: the runs that are pooled with the baseline's.
        n_askable: of a slice, its samples (or groups) on both sides, whatever was answered.
    """

    gate: RegressionGate
    paired: Paired
    is_higher_better: bool = True
    baseline_run_id: str | None = None
    share: float = 1.0
    remark: str = ""
    common: str = ""
    reservation: str = ""
    pooled_with: tuple[str, ...] = ()
    n_askable: int | None = None

    @property
    def tests(self) -> Sides:
        """What Holm's procedure sees. Looks and final test share alpha as a weighted Bonferroni test does, so
        the smaller one's p-value over its weight is one for both."""
        return _of_directions(self.gate, self.paired.difference.tests.over(self.share))


@frozen(slots=True)
class Stopped:
    """The looks decided, and asking ended with them. Other attributes as of ``Measured``."""

    gate: RegressionGate
    looks: StoppedRegression
    is_higher_better: bool = True
    baseline_run_id: str | None = None
    common: str = ""
    reservation: str = ""
    pooled_with: tuple[str, ...] = ()
    remark: str = ""

    @property
    def tests(self) -> Sides:
        return _of_directions(self.gate, self.looks.tests)


@frozen(slots=True)
class Refused:
    """No comparison was possible; the verdict says why.

    Attributes:
        is_unmeasured: nothing is wrong with what is there; it is too little, or none.
        is_waiting: it is decided later, when people have said what it reads. Until then it keeps its place in
            the family, so that the others leave it its share of alpha.
    """

    gate: RegressionGate
    verdict: Verdict
    is_unmeasured: bool = False
    is_waiting: bool = False

    @property
    def tests(self) -> Sides:
        return NOTHING


ComparedGate = Measured | Stopped | Refused


def regressions(gates: Iterable[Gate]) -> list[RegressionGate]:
    """The gates that compare. Their kinds derive from ``RegressionGate``: they share its alpha and margin."""
    return [gate for gate in gates if isinstance(gate, RegressionGate)]


def _of_directions(gate: RegressionGate, tests: Sides) -> Sides:
    """A gate that may fail in both directions has the two-sided test in each."""
    return Sides(tests.two_sided, tests.two_sided) if gate.is_two_sided else tests
