"""Numbers that were imported without samples, in ``evalkit compare``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.frozen import frozen
from evalkit.core.gate import MetricSpec
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.gates.regression import RegressionGate
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.gates.deciding.compared import ComparedGate


#: How the signatures of imported numbers begin; a metric of our own without a spec has another reason.
_IMPORTED = "imported|"


@frozen
class LabelledSpec(MetricSpec):
    """A metric under the label that the store has it by: imported ones stand by the origin's name."""

    shown: str = ""

    @property
    def label(self) -> str:
        return self.shown


def shared_spec(label: str, base: Evaluation, candidate: Evaluation) -> MetricSpec:
    """How both sides are computed. Where only one side has nothing but 0 and 1, both are taken as graded."""
    sides = [each.metric_specs[label] for each in (candidate, base)]
    found = next(
        (spec for spec in sides if spec[1].get("kind") == "graded" or "kind" not in spec[1]), sides[0]
    )
    return LabelledSpec(found[0], found[1], found[2] if len(found) > 2 else None, shown=label)


def unpaired(
    store: Store, base: Evaluation, candidate: Evaluation, margin: float, alpha: float
) -> Iterator[tuple[RegressionGate, ComparedGate]]:
    """The test of every imported number that both sides have and one of them cannot compute from samples."""
    from evalkit.gates.deciding.unpaired import prepare_unpaired

    earlier = {each.metric: each for each in store.estimates(base.evaluation_id)}
    identities = [
        ("task hash", base.task_hash, candidate.task_hash),
        ("dataset hash", base.dataset_hash, candidate.dataset_hash),
    ]
    for estimate in store.estimates(candidate.evaluation_id):
        label = estimate.metric
        is_computed = label in base.metric_specs and label in candidate.metric_specs
        if label in earlier and not is_computed and estimate.signature.startswith(_IMPORTED):
            gate = RegressionGate(LabelledSpec(label, {}, shown=label), margin, alpha)
            yield gate, prepare_unpaired(gate, estimate, earlier[label], identities, base.run_id)


def in_words(pending: Sequence[ComparedGate], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, those without samples in words of their own."""
    from evalkit.gates.deciding.unpaired import is_unpaired, reworded

    return [
        reworded(verdict, each.gate) if is_unpaired(verdict) else verdict
        for each, verdict in zip(pending, verdicts, strict=True)
    ]
