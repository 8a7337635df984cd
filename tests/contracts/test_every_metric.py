"""What holds for every metric of the registry."""

from __future__ import annotations

import inspect
import math
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.gate import MetricSpec
from evalkit.core.judgement import Judgement
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.reviewed import Preference, Reviewed
from evalkit.core.score import Score
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.captions.engine.java_caption_metric import JavaCaptionMetric
from evalkit.metrics.metric import Kind, Metric
from evalkit.metrics.open import open_metric
from evalkit.registry import METRICS
from tests.embedding_model import needs_embedding_model
from tests.java_programs import need_java_of

MODULES = Path(__file__).resolve().parents[1] / "data/evaluate_modules"

FREQUENCIES = str(Path(__file__).parents[1] / "data/document_frequencies.json")

#: Parameters of metrics that need some.
PARAMS: dict[str, dict[str, Any]] = {
    "best_of_k": {"k": 1},
    # With document frequencies of the evaluated references a value belongs to its whole set.
    "cider": {"idf": FREQUENCIES},
    "cider_d": {"idf": FREQUENCIES},
    "evaluate": {"module": str(MODULES / "share.py")},
    "imported": {"scorer": "exact_match"},
    "mean": {"scorer": "exact_match"},
    "normalized_aggregate_score": {"metric": "accuracy", "low": 0.25},
    "on_extracted_answer": {"metric": "output_chars_mean"},
    "pass_at_k": {"k": 1},
    "pass_hat_k": {"k": 1},
}
#: Metrics whose rows are pairs of samples: of a sample alone they say nothing.
OF_PAIRS = {"position_consistency"}
#: What skips a test of a metric whose parts are not on this machine.
NEEDS: dict[str, Callable[[], object]] = {
    "bertscore_f1": needs_embedding_model,
    "evaluate": lambda: pytest.importorskip("evaluate"),
    "similarity": needs_embedding_model,
}

NAMES = list(METRICS)
every_metric = pytest.mark.parametrize("name", NAMES)

# (target, answer): labels that are numbers, so that any metric can read them.
PAIRS = st.lists(st.tuples(st.sampled_from("01"), st.sampled_from(["0", "1"])), min_size=1, max_size=20)
SEEDS = st.integers(0, 2**32 - 1)
#: Of each law and metric: a hundred metrics share the code that most laws are about.
few = settings(max_examples=settings().max_examples // 4)


def opened(name: str) -> Metric:
    NEEDS.get(name, lambda: None)()
    need_java_of(name)
    metric: Metric = open_metric(MetricSpec(name, PARAMS.get(name, {})))
    if isinstance(metric, JavaCaptionMetric):
        ask_all(metric)
    return metric


@cache
def ask_all(metric: Any) -> None:
    """Every caption that these tests make: one start of Java for all, afterwards they are in the cache."""
    metric.table(observations(metric, [pair for pair in product("01", "01") for _ in range(3)]))


def observations(metric: Metric, pairs: list[tuple[str, str]]) -> Observations:
    n = len(pairs)
    responses = [
        Response(
            answer * (1 + i % 3),
            latency_s=0.5 + i % 7,
            finish_reason="stop" if i % 3 else "length",
            ttft_s=0.1 + i % 5,
            prompt_tokens=10 + i % 4,
            completion_tokens=2 + i % 6,
            cost_usd=0.25 * (i % 3),
            retries=i % 3,
            throttled=i % 2,
            choice_logprobs=(-0.1 - i % 5, -0.7 - i % 3),
        )
        for i, (_, answer) in enumerate(pairs)
    ]
    names = metric.scorers[:1]
    ids = [f"s{i}" for i in range(n)]
    scores = {
        name: [Score(name, float(target == answer), answer) for target, answer in pairs] for name in names
    }
    if is_of_judges(metric):
        scores["judge"] = [judged(i) for i in range(n)]
    return Observations(
        ids,
        [target for target, _ in pairs],
        responses,
        scores,
        ("0", "1"),
        {name: f"{name}(some=parameter)" for name in names},
        reviewed=reviews(ids, [float(target == answer) for target, answer in pairs]),
    )


def reviews(ids: Sequence[str], values: Sequence[float]) -> Reviewed:
    """Two people on each response, and one on each pair with another Subject's."""
    said = list(zip(ids, values, strict=True))
    labels = [Label(i, 0, "ann", "pass_fail", value) for i, value in said]
    labels += [Label(i, 0, "bob", "pass_fail", 1.0) for i in ids]
    labels += [replace(each, kind="rubric", value=1 + 4 * each.value) for each in labels]
    return Reviewed(labels, [Preference(i, "ann", "ours", "theirs", value) for i, value in said], "ours")


def is_of_judges(metric: Metric) -> bool:
    return metric.name.startswith("judge_")


def judged(i: int) -> Score:
    """What two rounds of a judge said, the second in vain now and then."""
    error = "late" if i % 2 else None
    said = [
        Judgement(
            "judge", "m", round=number, value=1.0, error=error if number else None,
            prompt_tokens=5 + i % 3, completion_tokens=1 + i % 2, cost_usd=0.5 * (1 + i % 3),
        )
        for number in range(2)
    ]  # fmt: skip
    return Score("judge", 1.0, judgements=tuple(said))


def with_failures(data: Observations) -> Observations:
    """The same observations, and two more that failed: one by the model, one by the scorer."""
    scores = {
        name: [*column, Score(name, error="no response"), Score(name, error="broke")]
        for name, column in data.scores.items()
    }
    lost = Response(error="timeout", latency_s=1e6, ttft_s=1e6, prompt_tokens=10**6, cost_usd=1e6)
    other = lost if not scores else Response("fine", latency_s=1e6, prompt_tokens=10**6)
    return replace(
        data,
        sample_ids=[*data.sample_ids, "f1", "f2"],
        targets=[*data.targets, "0", "1"],
        responses=[*data.responses, lost, other],
        scores=scores,
    )


def assert_same(seen: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> None:
    np.testing.assert_allclose(seen, expected, rtol=1e-11, atol=1e-11)


MIXED = [("0", "0"), ("1", "0"), ("1", "1"), ("0", "1"), ("1", "1")]


@every_metric
def test_it_is_named_like_its_entry_and_documented(name: str) -> None:
    cls = METRICS.get(name)
    assert cls.name == name
    doc = inspect.getdoc(cls) or ""
    assert not doc.startswith(f"{cls.__name__}("), "a dataclass's generated docstring says nothing"
    assert "better" in doc, "a docstring says the direction"


@every_metric
def test_it_states_kind_bounds_and_direction(name: str) -> None:
    metric = opened(name)
    low, high = metric.bounds
    assert metric.kind in get_args(Kind)
    assert low < high
    assert isinstance(metric.is_higher_better, bool)
    assert isinstance(metric.scorers, tuple)
    assert (metric.default_scorer(has_choices=True) is None) == (metric.scorers == ())


@every_metric
def test_its_implied_scorer_is_one_that_it_reads(name: str) -> None:
    metric = opened(name)
    for has_choices in (True, False):
        implied = metric.default_scorer(has_choices=has_choices)
        assert implied is None or implied[0] in metric.scorers


@every_metric
def test_its_signature_is_stable_text_that_names_scorer_and_version(name: str) -> None:
    metric = opened(name)
    data = observations(metric, MIXED)
    signature = metric.signature(data)
    assert signature == opened(name).signature(data)
    head, *middle, version = signature.split("|")
    assert head == name
    assert version.startswith("v")
    assert version[1:].isdigit()
    scorers = [f"scorer:{scorer}(some=parameter)" for scorer in metric.scorers[:1]]
    assert [part for part in middle if part.startswith("scorer:")] == scorers


@every_metric
def test_its_signature_does_not_depend_on_what_was_answered(name: str) -> None:
    metric = opened(name)
    right = observations(metric, [("0", "0"), ("1", "1")])
    assert metric.signature(right) == metric.signature(observations(metric, [("0", "1"), ("1", "0")]))


@every_metric
def test_nothing_observed_is_nan_or_an_error_and_never_a_number(name: str) -> None:
    metric = opened(name)
    try:
        table = metric.table(observations(metric, []))
    except MetricError:
        return
    assert math.isnan(metric.aggregate(table.rows)[0])


@every_metric
def test_nothing_but_failures_is_nan_or_an_error_and_never_a_number(name: str) -> None:
    metric = opened(name)
    if metric.counts_failures:
        return
    data = with_failures(observations(metric, []))
    try:
        table = metric.table(data)
    except MetricError:
        return
    assert table.n_failed == 2
    assert math.isnan(metric.aggregate(table.rows)[0])


@pytest.mark.parametrize("name", [name for name in NAMES if not METRICS.get(name).counts_failures])
def test_failures_change_the_count_of_failures_and_nothing_else(name: str) -> None:
    metric = opened(name)
    data = observations(metric, MIXED)
    before, after = metric.table(data), metric.table(with_failures(data))
    assert after.n_failed == before.n_failed + 2
    assert after.sample_ids == before.sample_ids
    assert_same(metric.aggregate(after.rows), metric.aggregate(before.rows))


@every_metric
def test_it_survives_pickling(name: str) -> None:
    metric = opened(name)
    data = observations(metric, MIXED)
    copy = pickle.loads(pickle.dumps(metric))
    assert copy.signature(data) == metric.signature(data)
    assert copy.scorers == metric.scorers
    assert_same(copy.aggregate(copy.table(data).rows), metric.aggregate(metric.table(data).rows))


@every_metric
def test_it_is_immutable(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        opened(name).bounds = (0.0, 1.0)  # type: ignore[misc]


@every_metric
def test_an_unknown_parameter_is_a_task_error(name: str) -> None:
    with pytest.raises(TaskError, match=f"metric '{name}' has no parameter 'no_such_thing'"):
        open_metric(MetricSpec(name, {**PARAMS.get(name, {}), "no_such_thing": 1}))


@every_metric
@few
@given(pairs=PAIRS, seed=SEEDS)
def test_whole_weights_equal_samples_that_stand_several_times(
    name: str, pairs: list[tuple[str, str]], seed: int
) -> None:
    metric = opened(name)
    data = observations(metric, pairs)
    rows = metric.table(data).rows
    weights = np.random.default_rng(seed).integers(0, 4, (3, len(rows)))
    values = metric.aggregate(rows, weights.astype(np.float64))
    assert values.shape == (3,)
    for value, row in zip(values, weights, strict=True):
        if not row.sum():
            assert math.isnan(value)
            continue
        picks: list[int] = np.repeat(np.arange(len(rows)), row).tolist()
        ids = [f"{data.sample_ids[i]} {copy}" for copy, i in enumerate(picks)]
        repeated = replace(
            data,
            sample_ids=ids,
            reviewed=reviews(ids, [float(pairs[i][0] == pairs[i][1]) for i in picks]),
            targets=[data.targets[i] for i in picks],
            responses=[data.responses[i] for i in picks],
            scores={key: [column[i] for i in picks] for key, column in data.scores.items()},
        )
        assert_same(value, metric.aggregate(metric.table(repeated).rows)[0])


@every_metric
@few
@given(pairs=PAIRS, seed=SEEDS)
def test_the_order_of_responses_does_not_matter(name: str, pairs: list[tuple[str, str]], seed: int) -> None:
    metric = opened(name)
    rows = metric.table(observations(metric, pairs)).rows
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    assert_same(metric.aggregate(rows[order]), metric.aggregate(rows))


@every_metric
@few
@given(pairs=PAIRS, seed=SEEDS)
def test_every_value_lies_within_the_bounds(name: str, pairs: list[tuple[str, str]], seed: int) -> None:
    metric = opened(name)
    rows = metric.table(observations(metric, pairs)).rows
    n = len(rows)
    weights = np.random.default_rng(seed).dirichlet(np.ones(n), size=5) * n
    values = np.concatenate([metric.aggregate(rows), metric.aggregate(rows, weights)])
    low, high = metric.bounds
    assert np.all(np.isnan(values) | ((values >= low - 1e-12) & (values <= high + 1e-12)))


@every_metric
@few
@given(pairs=PAIRS)
def test_weights_of_one_are_no_weights(name: str, pairs: list[tuple[str, str]]) -> None:
    metric = opened(name)
    rows = metric.table(observations(metric, pairs)).rows
    assert_same(metric.aggregate(rows, np.ones((1, len(rows)))), metric.aggregate(rows))


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if METRICS.get(name).kind in {"binary", "graded"} and name not in OF_PAIRS],
)
@few
@given(pairs=PAIRS)
def test_a_binary_or_graded_metric_is_the_mean_of_its_one_column(
    name: str, pairs: list[tuple[str, str]]
) -> None:
    metric = opened(name)
    rows = metric.table(observations(metric, pairs)).rows
    assert rows.shape == (len(pairs), 1)
    assert_same(metric.aggregate(rows)[0], rows.mean())
    if metric.kind == "binary":
        assert set(rows.ravel().tolist()) <= {0.0, 1.0}
