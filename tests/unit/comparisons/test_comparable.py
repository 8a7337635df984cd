"""No gate passes unless both sides are complete and paired, with few errors; edits are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalkit.comparisons.comparable import Side, match, side_of
from evalkit.core.gate import DEFAULT_LIMITS, GateLimits, MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, SubjectRecord
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.conclude import decide_regression
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.metric_doubles import ACCURACY, observe, shares

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.05)
SUBJECT = SubjectRecord("s", "python:app:answer")


def side(values: Sequence[float | None], hashes: Sequence[str] | None = None, dataset: str = "data") -> Side:
    seen = observe(values)
    return Side(replace(seen, sample_hashes=hashes), "task", dataset, "r1")


def decide(candidate: Side, baseline: Side, limits: GateLimits = DEFAULT_LIMITS) -> Verdict:
    return decide_regression(prepare_regression(GATE, ACCURACY, candidate, baseline, limits=limits))


def hashes(n: int, **edits: int) -> list[str]:
    """``input:same`` for each sample; of the first ``n_target`` another target, and so on."""
    return [f"input:same target:{'new' if i < edits.get('n_target', 0) else 'old'}" for i in range(n)]


def test_a_lacking_side_never_passes_and_says_why() -> None:
    whole, lacking = (
        side(shares(400, 400)),
        replace(side(shares(400, 400)), lack="400 of 800 responses are there"),
    )
    assert decide(whole, whole).verdict == "pass"
    for sides in ((whole, lacking), (lacking, whole)):
        verdict = decide(*sides)
        assert verdict.verdict == "undecided"
        assert "is not whole: 400 of 800 responses are there." in verdict.detail


def test_a_drop_that_a_lacking_side_shows_is_still_a_fail() -> None:
    lacking = replace(side(shares(400, 100)), lack="400 of 800 responses are there")
    verdict = decide(lacking, side(shares(400, 400)))
    assert verdict.verdict == "fail"
    assert "not whole" in verdict.detail


def test_samples_that_one_side_lacks_without_an_edit_hold_back_the_pass() -> None:
    verdict = decide(side(shares(400, 400)), side(shares(300, 300)))
    assert verdict.verdict == "undecided"
    assert "100 samples of the same dataset stand on one side only." in verdict.detail


def test_the_verdict_is_over_the_samples_that_stayed_and_names_the_others() -> None:
    # Of 199 and 194 samples 190 are the same; what was edited was wrong before and is right now.
    before = side([0.0] * 3 + [1.0] * 191, hashes(194), "old")
    after = side([1.0] * 199, hashes(199, n_target=3), "new")
    ids = [f"s{i:06}" for i in range(193)] + [f"new{i}" for i in range(6)]
    after = replace(after, observations=replace(after.observations, sample_ids=ids))
    verdict = decide(after, before)
    assert verdict.verdict == "pass"
    assert verdict.detail.endswith(
        "On 190 of 200 samples: 6 added (new0, new1, new2, …), 3 edited in target (s000000, "
        "s000001, s000002), 1 dropped (s000193)."
    )
    assert verdict.comparison is not None
    assert (verdict.comparison.n, verdict.comparison.baseline) == (190, 1.0)


@pytest.mark.parametrize(("min_common", "outcome"), [(0.5, "error"), (0.4, "pass")])
def test_too_small_a_common_part_is_an_error(min_common: float, outcome: str) -> None:
    before, after = (
        side(shares(400, 400), hashes(400), "old"),
        side(shares(400, 400), hashes(400, n_target=220), "new"),
    )
    verdict = decide(after, before, GateLimits(min_common=min_common))
    assert verdict.verdict == outcome
    if outcome == "error":
        assert "On 180 of 400 samples: 220 edited in target" in verdict.detail
        assert "That is 45 % of the samples, min_common 50 %." in verdict.detail


def test_errors_among_the_common_samples_alone_count_too() -> None:
    # 1 in 110 failed, but it is 1 in 60 of those that stayed.
    before, after = (
        side([None] + [1.0] * 109, hashes(110)[::-1], "old"),
        side([1.0] * 110, hashes(110, n_target=50)[::-1], "new"),
    )
    verdict = decide(after, before)
    assert verdict.verdict == "error"
    assert "1 of 60 responses of the baseline failed" in verdict.detail


def test_errors_of_any_scorer_break_every_gate_of_the_task() -> None:
    broken = side(shares(100, 100))
    failed = observe([None] * 5 + [1.0] * 95).scores["exact_match"]
    scores = {**broken.observations.scores, "judge": failed}
    broken = replace(broken, observations=replace(broken.observations, scores=scores))
    verdict = decide(broken, side(shares(100, 100)))
    assert verdict.verdict == "error"
    assert "5 of 100 responses of the candidate failed" in verdict.detail


def test_one_recording_is_no_comparison() -> None:
    recorded = replace(side(shares(400, 400)), is_recorded=True)
    verdict = decide(recorded, recorded)
    assert verdict.verdict == "undecided"
    assert "the same recorded answers" in verdict.detail
    other = replace(recorded, observations=observe([1.0] * 399 + [0.99]))
    assert decide(other, recorded).verdict == "pass"


def test_what_cannot_be_told_apart_is_the_same_where_the_whole_dataset_is() -> None:
    sides = {"a": None, "b": None}
    assert match(sides, sides, is_same_dataset=True).common == ["a", "b"]
    assert match(sides, sides, is_same_dataset=False).untold == ["a", "b"]


def evaluated(**changes: object) -> Evaluation:
    whole = {"n_samples": 2, "status": "finished", "n_repeats": 2, "n_available": 2, **changes}
    return Evaluation("e", "r", "t", "task", "data", SUBJECT, **whole)  # type: ignore[arg-type]


def rows(*pairs: tuple[str, int]) -> Observations:
    seen = observe([1.0] * len(pairs), ids=[sample_id for sample_id, _ in pairs])
    responses = [
        replace(each, repeat=repeat) for each, (_, repeat) in zip(seen.responses, pairs, strict=True)
    ]
    return replace(seen, responses=responses)


ALL = (("a", 0), ("a", 1), ("b", 0), ("b", 1))


@pytest.mark.parametrize(
    ("evaluation", "observations", "lack"),
    [
        (evaluated(), rows(*ALL), ""),
        (evaluated(), rows(*ALL, ("b", 2)), ""),  # asked again by --llm-rerun
        (evaluated(), rows(*ALL[:3]), "3 of 4 responses are there"),
        (evaluated(), rows(*ALL[:3], ("a", 2)), "3 of 4 responses are there"),
        (evaluated(), rows(*ALL, ALL[0]), "1 response appears twice"),
        (evaluated(status="interrupted"), rows(*ALL), "it was cut off: 4 of 4 responses"),
        (evaluated(n_available=9), rows(*ALL), "2 of 9 samples were asked"),
        (evaluated(n_repeats=None), rows(*ALL[:2]), "1 of 2 samples are there"),
        (replace(evaluated(n_repeats=None), task_hash=""), rows(ALL[0], ALL[0]), ""),  # calls by hand
        (evaluated(n_repeats=None), rows(), ""),  # another tool's numbers without answers
    ],
)  # fmt: skip
def test_what_an_evaluation_lacks_is_read_from_its_rows(
    evaluation: Evaluation, observations: Observations, lack: str
) -> None:
    assert side_of(evaluation, observations).lack == lack
