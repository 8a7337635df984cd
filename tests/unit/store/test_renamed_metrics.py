"""Numbers that an earlier release stored are found under the names that metrics have today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.core.estimate import Estimate
from evalkit.core.gate import GateRules, parse_gate
from evalkit.core.verdict import Verdict
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import COMPARISON, make_evaluation, make_run

OLD, NEW = "of_answer:bleu", "on_extracted_answer:bleu"
RULES = GateRules((parse_gate(f"{OLD} >= 10"), parse_gate({"regression": OLD})))
SIGNATURE = "metric:bleu/v1|scorer:regex|v1"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """As a run of an earlier release left it."""
    spool = Spool.create(tmp_path / "results.duckdb", "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(metric_specs={OLD: [OLD, {}]}, rules=RULES))
    spool.add_metrics("run-a-1", [Estimate(OLD, 12.0, 10.0, 14.0, 4, f"of_answer|{SIGNATURE}")])
    for gate in (f"{OLD} >= 10", f"regression({OLD})"):
        verdict = Verdict(gate, "pass", "as it was", comparison=replace(COMPARISON, metric=OLD))
        spool.add_verdict("run-a-1", verdict)
    spool.close()
    return Store.open(tmp_path / "results.duckdb")


def test_a_stored_number_has_the_name_and_the_signature_of_today(store: Store) -> None:
    with store:
        (estimate,) = store.estimates("run-a-1")
    assert (estimate.metric, estimate.signature) == (NEW, f"on_extracted_answer|{SIGNATURE}")


def test_a_stored_verdict_is_that_of_the_gate_as_it_is_written_today(store: Store) -> None:
    with store:
        verdicts = store.verdicts("run-a-1")
        evaluation = store.evaluation("run-a-1")
    assert evaluation.rules is not None
    assert [each.gate for each in verdicts] == [gate.text for gate in evaluation.rules.gates]
    assert {each.comparison.metric for each in verdicts if each.comparison} == {NEW}


def test_the_metric_of_a_stored_evaluation_can_be_opened_again(store: Store) -> None:
    with store:
        assert list(store.evaluation("run-a-1").metric_specs) == [NEW]


def test_the_history_goes_on_under_the_name_of_today(store: Store) -> None:
    with store:
        assert NEW in {row.metric for row in store.history()}
