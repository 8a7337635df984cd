"""Answers that failed: the ends between which a number lies, and gates that count on the worse one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import pytest

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.compare import compare
from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import GateLimits, GateRules, MetricSpec, parse_gate
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.conclude import decide_regression
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.deciding import decide_absolute
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, ERROR_RATE_LIKE, GRADED, Mean, observe, shares

#: Six right, two wrong, two that failed.
TEN = [*shares(8, 6), None, None]


def decided(
    missing: str,
    before: list[float | None],
    after: list[float | None],
    metric: Mean = ACCURACY,
    most: float = 0.2,
) -> Verdict:
    gate = parse_gate({"regression": {"metric": "accuracy", "margin": 0.05, "missing": missing}})
    assert isinstance(gate, RegressionGate)
    sides = [Side(observe(values), "t", "d") for values in (after, before)]
    return decide_regression(prepare_regression(gate, metric, *sides, limits=GateLimits(most)))


@pytest.mark.parametrize("metric, ends", [(ACCURACY, (0.6, 0.8)), (ERROR_RATE_LIKE, (0.8, 0.6))])
def test_a_value_lies_between_all_that_failed_wrong_and_all_right(
    metric: Mean, ends: tuple[float, float]
) -> None:
    seen = estimate(metric, "a", observe(TEN))
    assert seen.value == 0.75
    assert (seen.worst, seen.best) == pytest.approx(ends)


def test_a_sample_that_failed_once_of_twice_counts_by_half() -> None:
    seen = estimate(ACCURACY, "a", observe([1.0, None, 1.0, 0.0], repeats=2))
    assert (seen.worst, seen.best) == pytest.approx((0.5, 0.75))


@pytest.mark.parametrize(
    "metric, values", [(ACCURACY, shares(10, 6)), (CORPUS, TEN), (replace(GRADED, bounds=(0.0, inf)), TEN)]
)
def test_no_ends_are_told_where_nothing_failed_or_nobody_can_tell(
    metric: Mean, values: list[float | None]
) -> None:
    seen = estimate(metric, "a", observe(values))
    assert (seen.worst, seen.best) == (None, None)


def test_a_difference_is_worst_where_the_candidate_is_wrong_and_the_baseline_right_in_what_they_miss() -> (
    None
):
    before, after = [1.0, 1.0, None, 0.0], [1.0, None, 1.0, 0.0]
    seen = compare(ACCURACY, "a", observe(before), observe(after))
    assert seen.difference == 0
    assert (seen.worst, seen.best) == pytest.approx((-0.25, 0.25))


def test_a_difference_of_what_is_better_lower_is_turned() -> None:
    seen = compare(ERROR_RATE_LIKE, "a", observe([0.0, 0.0, 0.0]), observe([0.0, 0.0, None]))
    assert (seen.worst, seen.best) == pytest.approx((-1 / 3, 0))


def test_exchanged_sides_exchange_the_ends() -> None:
    before, after = observe([1.0, 0.0, None, 0.0]), observe([1.0, None, 0.0, 1.0])
    one, other = compare(ACCURACY, "a", before, after), compare(ACCURACY, "a", after, before)
    assert one.worst is not None
    assert one.best is not None
    assert (other.worst, other.best) == pytest.approx((-one.best, -one.worst))


def test_a_gate_passes_over_what_came_and_fails_with_what_did_not() -> None:
    before: list[float | None] = [1.0] * 100
    after: list[float | None] = [1.0] * 88 + [None] * 12
    assert decided("left_out", before, after).verdict == "pass"
    verdict = decided("worst", before, after)
    assert verdict.verdict == "fail"
    assert verdict.comparison is not None
    assert (verdict.comparison.n, verdict.comparison.difference) == (100, -0.12)


def test_the_limit_of_errors_holds_for_a_gate_that_counts_them_too() -> None:
    verdict = decided("worst", [1.0] * 100, [1.0] * 98 + [None] * 2, most=0.01)
    assert verdict.verdict == "error"


def test_a_metric_without_a_worst_value_is_no_metric_for_such_a_gate() -> None:
    verdict = decided("worst", [1.0] * 20, [1.0] * 20, metric=replace(GRADED, bounds=(0.0, inf)))
    assert verdict.verdict == "error"
    assert "no worst value" in verdict.detail


def test_the_detail_says_between_which_ends_the_difference_lies() -> None:
    verdict = decided("left_out", [1.0] * 100, [1.0] * 96 + [None] * 4)
    assert "it is -0.040 at the worst, 0.000 at the best." in verdict.detail


def absolute(text: str, values: Sequence[float | None] = TEN, metric: Mean = ACCURACY) -> Verdict:
    gate = parse_gate(text)
    assert isinstance(gate, AbsoluteGate)
    return decide_absolute(
        gate, estimate(metric, "accuracy", observe(values)), max_error_rate=0.2, n_total=10
    )


def test_the_detail_of_an_absolute_gate_says_between_which_ends_the_value_lies() -> None:
    assert "the value is 0.600 at the worst, 0.800 at the best." in absolute("accuracy >= 0.5").detail


def test_an_absolute_gate_may_count_on_the_worst() -> None:
    assert absolute("accuracy >= 0.7").verdict == "pass"
    assert absolute("accuracy >= 0.7 missing worst").verdict == "fail"
    assert absolute("accuracy >= 0.6 missing worst").verdict == "pass"


def test_an_absolute_gate_on_a_number_without_a_worst_is_decided_only_where_nothing_failed() -> None:
    assert absolute("accuracy >= 0.5 missing worst", metric=CORPUS).verdict == "error"
    assert absolute("accuracy >= 0.5 missing worst", shares(10, 6), CORPUS).verdict == "pass"


def test_a_gate_keeps_what_it_says_of_missing_answers() -> None:
    texts = ["accuracy >= 0.7 missing worst", {"regression": {"metric": "f1", "missing": "worst"}}]
    rules = GateRules(tuple(map(parse_gate, texts)))
    assert rules.gates[0].text == texts[0]
    assert GateRules.from_mapping(rules.as_dict()) == rules


def test_a_gate_goes_by_the_interval_or_by_what_is_missing() -> None:
    with pytest.raises(Exception, match="leave one of the two out"):
        parse_gate("accuracy >= 0.7 proven missing worst")


def test_other_words_for_missing_are_refused() -> None:
    with pytest.raises(Exception, match="missing 'best' is unknown"):
        parse_gate({"regression": {"metric": "accuracy", "missing": "best"}})


def test_missing_answers_are_left_out_by_default() -> None:
    assert RegressionGate(MetricSpec("accuracy")).missing == "left_out"
