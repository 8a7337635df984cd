"""Several runs as one baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.gates.deciding.pooling import can_be_pooled, pooled
from evalkit.metrics.classification.accuracy import Accuracy
from evalkit.metrics.operations.cost import CostUsd
from evalkit.metrics.repeats.engine.repeats import RepeatMetric
from tests.unit.gates.metric_doubles import CORPUS


def run(answers: dict[str, list[float]], *, is_cached: bool = False, **more: object) -> Observations:
    rows = [(name, k, value) for name, values in answers.items() for k, value in enumerate(values)]
    seen = Observations(
        [name for name, _, _ in rows],
        [None] * len(rows),
        [Response("x", repeat=k, is_cached=is_cached) for _, k, _ in rows],
        {"exact_match": [Score("exact_match", value) for _, _, value in rows]},
    )
    return replace(seen, **more)  # type: ignore[arg-type]


def values(seen: Observations) -> list[tuple[str, int, float | None]]:
    scores = seen.scores["exact_match"]
    return [
        (name, r.repeat, s.value) for name, r, s in zip(seen.sample_ids, seen.responses, scores, strict=True)
    ]


def test_the_answers_of_all_runs_are_repeats_in_the_order_of_the_first() -> None:
    found = pooled([run({"b": [1.0], "a": [0.0]}), run({"a": [1.0, 0.5], "b": [0.0, 0.25]})])
    assert values(found) == [
        ("b", 0, 1.0), ("b", 1, 0.0), ("b", 2, 0.25), ("a", 0, 0.0), ("a", 1, 1.0), ("a", 2, 0.5),
    ]  # fmt: skip


def test_copies_from_the_cache_are_no_further_answers() -> None:
    fresh, copy = run({"a": [1.0]}), run({"a": [1.0]}, is_cached=True)
    assert len(pooled([fresh, copy, copy])) == 1
    assert len(pooled([copy, fresh, fresh])) == 2
    assert len(pooled([copy, copy])) == 1


def test_samples_that_the_first_run_does_not_have_are_left_out() -> None:
    assert values(pooled([run({"a": [1.0]}), run({"z": [1.0]})])) == [("a", 0, 1.0)]


def test_groups_and_contents_go_along() -> None:
    found = pooled([run({"a": [1.0]}, groups=["g"]), run({"a": [0.0]}, sample_hashes=["h"])])
    assert (found.groups, found.sample_hashes) == (["g", None], [None, "h"])


@pytest.mark.parametrize("metric, can", [(Accuracy(), True), (CORPUS, True), (CostUsd(), False)])
def test_a_total_is_not_pooled(metric: object, can: bool) -> None:
    assert can_be_pooled(metric) is can  # type: ignore[arg-type]


def test_a_metric_that_counts_the_answers_to_a_sample_is_not_pooled() -> None:
    class Majority(RepeatMetric):
        pass

    assert not can_be_pooled(Majority.__new__(Majority))
