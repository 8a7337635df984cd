"""Gates on what people say: open until they do, decided on as much as they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.reviewed import Reviewed
from evalkit.core.slices import Slice
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.absolute import AbsoluteDecider
from evalkit.gates.deciding.compared import Measured, Refused
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.decider import Evidence
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.deciding.sequential import why_not_early
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.open import open_metric
from tests.unit.gates.metric_doubles import ACCURACY, observe

METRIC = open_metric(MetricSpec("human_pass_rate"))


def answers(n: int, labels: Sequence[Label] = ()) -> Observations:
    ids = [f"s{i}" for i in range(n)]
    return Observations(ids, [None] * n, [Response("fine")] * n, reviewed=Reviewed(labels))


def passed(n: int, n_failed: int = 0, p: float = 1.0) -> list[Label]:
    """The first ``n`` reviewed, the very first ones failed."""
    return [Label(f"s{i}", 0, "ann", "pass_fail", float(i >= n_failed), None, p) for i in range(n)]


def decided(text: str, seen: Observations, n_errors: int = 0, **params: Any) -> Verdict:
    gate = AbsoluteGate.parse(text)
    gate = replace(gate, metric=replace(gate.metric, params=params))
    metric = open_metric(gate.metric)
    number = estimate(metric, gate.metric.label, seen)
    evidence = Evidence(number, 0.01, len(seen), n_errors, "timeout", "run-a", metric.reads_reviews)
    return AbsoluteDecider().decide(gate, evidence)


def side(seen: Observations, run_id: str) -> Side:
    return Side(seen, "task", "data", run_id)


def test_without_a_review_it_is_undecided_and_says_how_and_how_many() -> None:
    found = decided("human_pass_rate >= 0.9", answers(200))
    assert (found.gate, found.verdict) == ("human_pass_rate >= 0.9", "undecided")
    assert "'evalkit review run-a'" in found.detail
    assert "'evalkit review decide run-a'" in found.detail
    # 35 of 35: Wilson's lower end is 35 / (35 + 1.96^2) = 0.901.
    assert "At least 35 reviews would do, if all pass." in found.detail


def test_where_few_were_answered_it_takes_all() -> None:
    assert "It takes a review of all 20 responses." in decided("human_pass_rate >= 0.9", answers(20)).detail


def test_all_reviewed_decides_on_the_value() -> None:
    assert decided("human_pass_rate >= 0.9", answers(20, passed(20, 2))).verdict == "pass"
    assert decided("human_pass_rate >= 0.9", answers(20, passed(20, 3))).verdict == "fail"


def test_a_part_decides_where_the_interval_lies_on_one_side() -> None:
    assert decided("human_pass_rate >= 0.9", answers(200, passed(60, p=0.3))).verdict == "pass"
    assert decided("human_pass_rate >= 0.9", answers(200, passed(60, 30, p=0.3))).verdict == "fail"


def test_a_part_that_does_not_says_how_many_more_would() -> None:
    found = decided("human_pass_rate >= 0.9", answers(2000, passed(60, 3, p=0.03)))
    assert (found.gate, found.verdict) == ("human_pass_rate >= 0.9", "undecided")
    assert "more, would do if they come out like these" in found.detail
    assert "'evalkit review run-a'" in found.detail


@pytest.mark.parametrize("name", ["human_pass_rate", "human_preference", "human_score"])
def test_nothing_is_decided_early_of_what_people_say_later(name: str) -> None:
    assert why_not_early(open_metric(MetricSpec(name)), name) == f"people say later what {name} is"


def test_too_many_errors_come_first() -> None:
    assert decided("human_pass_rate >= 0.9", answers(20), n_errors=5).verdict == "error"


@pytest.mark.parametrize("reviewed", [(0, 0), (20, 0), (0, 20)])
def test_a_comparison_waits_for_reviews_of_both_sides(reviewed: tuple[int, int]) -> None:
    gate = RegressionGate(MetricSpec("human_pass_rate"), 0.1)
    before, after = (answers(200, passed(n)) for n in reviewed)
    found = prepare_regression(gate, METRIC, side(after, "now"), side(before, "then"))
    assert isinstance(found, Refused)
    assert found.is_waiting
    assert (found.verdict.verdict, found.verdict.baseline_run_id) == ("undecided", "then")
    for name, n in zip(("then", "now"), reviewed, strict=True):
        assert (f"'evalkit review {name}'" in found.verdict.detail) == (n == 0)
    assert "'evalkit review decide now'" in found.verdict.detail


def test_with_reviews_of_both_sides_it_is_decided() -> None:
    gate = RegressionGate(MetricSpec("human_pass_rate"), 0.1)
    before, after = answers(100, passed(100)), answers(100, passed(100, 40))
    found = prepare_regression(gate, METRIC, side(after, "now"), side(before, "then"))
    (verdict,) = decide_session([found])
    assert verdict.verdict == "fail"
    assert "People reviewed 100 of the candidate's and 100 of the baseline's responses." in verdict.detail


def test_a_gate_that_waits_keeps_its_share_of_alpha() -> None:
    gate = RegressionGate(MetricSpec("human_pass_rate"), 0.1)
    waits = prepare_regression(gate, METRIC, side(answers(50), "now"), side(answers(50), "then"))
    own = RegressionGate(MetricSpec("accuracy"))
    seen = [observe([1.0] * 50), observe([1.0] * 43 + [0.0] * 7)]
    measured = prepare_regression(own, ACCURACY, side(seen[1], "now"), side(seen[0], "then"))
    assert isinstance(measured, Measured)
    alone, beside = decide_session([measured])[0], decide_session([measured, waits])[0]
    assert alone.p_value is not None
    assert beside.p_value == pytest.approx(2 * alone.p_value)


def test_what_people_say_of_another_slice_decides_nothing_of_this_one() -> None:
    by = {"language": {f"s{i}": ["de" if i < 50 else "en"] for i in range(100)}}
    spec = MetricSpec("human_pass_rate", slice=Slice("language", "en"))
    seen = replace(answers(100, passed(50)), slices=by)
    found = prepare_regression(RegressionGate(spec, 0.1), METRIC, side(seen, "now"), side(seen, "then"))
    assert isinstance(found, Refused)
    assert found.is_waiting


def test_a_gate_on_grades_says_how_to_ask_for_them_and_how_many_on_its_scale() -> None:
    found = decided("human_score >= 4.6", answers(200))
    assert "'evalkit review run-a --kind=rubric' asks people" in found.detail
    # Nine tenths of the way up the scale.
    assert "At least 35 reviews would do, if all are the best." in found.detail
    tens = decided("human_score >= 9", answers(200), scale=[0, 10]).detail
    assert "'evalkit review run-a --kind=rubric --scale=0-10'" in tens
    assert "'evalkit review run-a --rubric=FILE'" in decided("human_score:tone >= 4", answers(200)).detail


def test_a_part_of_grades_decides_where_the_interval_lies_on_one_side() -> None:
    labels = [Label(f"s{i}", 0, "ann", "rubric", 4.0 + i % 2, None, 0.3) for i in range(60)]
    assert decided("human_score >= 4", answers(200, labels)).verdict == "pass"
    assert decided("human_score >= 4.9", answers(200, labels)).verdict == "fail"
    assert decided("human_score >= 4.5", answers(200, labels)).verdict == "undecided"
