"""From a task's words to a metric."""

from __future__ import annotations

import math

import pytest

from evalkit.core.gate import MetricSpec, parse_gate, parse_metric
from evalkit.core.score import Score
from evalkit.errors import MetricError, TaskError, UnknownNameError
from evalkit.metrics.graded.mean import Mean
from evalkit.metrics.open import open_metric
from tests.unit.metrics.observing import scored, value_of


@pytest.mark.parametrize("written", ["mean:contains", {"mean": "contains"}, {"mean": {"scorer": "contains"}}])
def test_the_mean_of_a_scorer_can_be_written_in_three_ways(written: object) -> None:
    assert open_metric(parse_metric(written)).scorers == ("contains",)


def test_a_gate_may_name_the_mean_of_a_scorer() -> None:
    gate = parse_gate("mean:json_fields >= 0.8")
    assert open_metric(gate.metric).scorers == ("json_fields",)


def test_the_mean_is_the_mean_of_the_values() -> None:
    data = scored([Score("json_fields", 0.5), Score("json_fields", 1.0), Score("json_fields", error="x")])
    assert value_of("mean:json_fields", data) == 0.75


@pytest.mark.parametrize(
    "spec, error, message",
    [
        (MetricSpec("acuracy"), UnknownNameError, "did you mean accuracy"),
        (MetricSpec("meen:judge"), UnknownNameError, "unknown metric 'meen'"),
        (MetricSpec("mean"), TaskError, "needs the parameter 'scorer'"),
        (MetricSpec("mean:"), TaskError, "nothing may follow the colon"),
        (MetricSpec("mean:contains", {"scorer": "regex"}), TaskError, "twice"),
        (MetricSpec("mean:python", {"bounds": [1, 0]}), TaskError, "not the lowest and the highest"),
        (MetricSpec("cost_usd:choice"), TaskError, "nothing may follow the colon"),
        (
            MetricSpec("f1", {"postive": "yes"}),
            TaskError,
            r"'f1' has no parameter 'postive' \(did you mean positive",
        ),
        (MetricSpec("cost_usd", {"x": 1}), TaskError, r"has no parameter 'x' \(it takes no parameters"),
    ],
)
def test_what_cannot_be_opened_says_what_is_near(
    spec: MetricSpec, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        open_metric(spec)


@pytest.mark.parametrize("scorer, bounds", [("json_fields", (0.0, 1.0)), ("python", (-math.inf, math.inf))])
def test_the_bounds_of_a_mean_are_those_of_its_scorer(scorer: str, bounds: tuple[float, float]) -> None:
    assert Mean(scorer=scorer).bounds == bounds


def test_a_mean_takes_the_bounds_that_its_scorer_does_not_know_and_keeps_its_signature() -> None:
    data = scored([Score("python", 7.0), Score("python", 9.0)])
    bounded, plain = Mean(scorer="python", bounds=(0.0, 10.0)), Mean(scorer="python")
    assert bounded.bounds == (0.0, 10.0)
    assert bounded.signature(data) == plain.signature(data) == "mean|scorer:python|v1"


def test_a_value_outside_of_the_bounds_of_a_mean_is_an_error() -> None:
    data = scored([Score("python", 7.0), Score("python", 11.0)])
    with pytest.raises(MetricError, match=r"scorer 'python' gave 11, outside of 0 \.\. 10"):
        value_of("mean:python", data, bounds=[0, 10])
