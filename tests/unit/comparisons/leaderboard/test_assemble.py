"""Which metrics and samples a leaderboard is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalkit.comparisons.leaderboard.assemble import Entry, assemble
from evalkit.core.gate import GateRules, MetricSpec
from evalkit.core.slices import Slice
from evalkit.errors import UsageError
from evalkit.gates.absolute import AbsoluteGate
from tests.unit.comparisons.leaderboard.subjects import right, subject

N = 40
GERMAN = Slice("language", "de")
SPEC = MetricSpec("accuracy", {}, GERMAN)


def entry(label: str, scores: Sequence[float]) -> Entry:
    """Half of the samples are German; the metric stands over all of them and over those."""
    made = subject(
        label,
        scores,
        metric_specs={"accuracy": ["accuracy", {}], SPEC.label: SPEC.stored},
        rules=GateRules((AbsoluteGate(SPEC, ">=", 0.5),)),
    )
    known = {f"s{i:06}": ("de" if i < N // 2 else "fr",) for i in range(N)}
    seen = replace(made.side.observations, slices={"language": known})
    whole = made.estimates["accuracy"]
    return Entry(made.evaluation, seen, [whole, replace(whole, metric=SPEC.label)])


def entries() -> list[Entry]:
    """``b`` is wrong in all of French and right in German."""
    return [entry("a", right(N)), entry("b", right(N, range(N // 2, N))), entry("c", right(N))]


def test_a_gate_of_a_slice_asks_for_the_whole_metric() -> None:
    (board,) = assemble(entries())
    assert board.metric == "accuracy"
    assert board.outcome("a", "b") == "win"


def test_a_slice_that_is_asked_for_is_ranked_on_its_own_samples() -> None:
    (board,) = assemble(entries(), metrics=[SPEC.label])
    assert {each.comparison.n for each in board.pairs if each.comparison} == {N // 2}
    assert board.outcome("a", "b") == "tie"


def test_a_metric_that_no_task_has_is_an_error_with_near_names() -> None:
    with pytest.raises(UsageError, match="did you mean accuracy"):
        assemble(entries(), metrics=["acuracy"])
