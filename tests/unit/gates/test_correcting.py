"""Gates on a judge's metric with labels of people on either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import LabelPlan
from evalkit.core.gate import parse_metric
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.compared import ComparedGate
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.correcting import Answered, PeoplesWord
from evalkit.gates.deciding.correction_words import plan_of
from evalkit.gates.deciding.decider import Evidence, own_decider
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from tests.unit.gates.judged_doubles import judged, labels

MEAN = parse_metric("mean:judge")
GATE = RegressionGate(MEAN, 0.05)
N = 400


class World:
    """Two sides of 400 samples whose answers all differ: what is right, and a judge that is kinder to the
    candidate (it says yes to half of what is wrong there, and to nothing wrong of the baseline)."""

    def __init__(self, drop: float = 0.0, kindness: float = 0.5, cost_usd: float | None = None) -> None:
        rng = np.random.default_rng(7)
        self.before = (rng.random(N) < 0.7).astype(float)
        self.after = np.where(rng.random(N) < drop, 0.0, self.before)
        kind = np.where(rng.random(N) < kindness, 1.0, self.after)
        texts = [[f"{side} {i}" for i in range(N)] for side in ("before", "after")]
        self.baseline = judged(self.before.tolist(), texts[0], cost_usd=cost_usd)
        self.candidate = judged(kind.tolist(), texts[1], cost_usd=cost_usd)
        self.drawn = np.sort(rng.permutation(N)[:150])

    def labels(
        self, which: Literal["baseline", "candidate"], rows: Sequence[int] | None = None
    ) -> list[LabelledAnswer]:
        truth, seen = (self.before, self.baseline) if which == "baseline" else (self.after, self.candidate)
        return labels(which, seen, {int(i): float(truth[i]) for i in (self.drawn if rows is None else rows)})

    def found(self, answers: Sequence[LabelledAnswer], gate: RegressionGate = GATE) -> ComparedGate:
        return _found(gate, self.candidate, self.baseline, answers)


def _found(
    gate: RegressionGate, candidate: Observations, baseline: Observations, answers: Sequence[LabelledAnswer]
) -> ComparedGate:
    sides = Side(candidate, "t", "d"), Side(baseline, "t", "d", "base")
    metric: Metric = open_metric(gate.metric)
    plain = prepare_regression(gate, metric, *sides)
    people = PeoplesWord(answers, 0.5)
    return people.compared(
        plain, metric, Answered(candidate, ["candidate"]), Answered(baseline, ["baseline"])
    )


def _verdict(found: ComparedGate) -> Verdict:
    (verdict,) = decide_session([found])
    return verdict


def test_a_drop_that_a_kind_judge_hides_is_found_with_labels_on_both_sides() -> None:
    world = World(drop=0.3)
    alone, corrected = (
        _verdict(world.found([])),
        _verdict(world.found(world.labels("baseline") + world.labels("candidate"))),
    )
    assert alone.verdict == "pass"
    assert corrected.verdict == "fail"
    shown = corrected.comparison
    assert shown is not None
    assert shown.difference == pytest.approx(float((world.after - world.before).mean()), abs=0.05)


def test_the_verdict_says_what_labels_made_of_it() -> None:
    world = World(drop=0.3)
    verdict = _verdict(world.found(world.labels("baseline") + world.labels("candidate")))
    assert (
        "Corrected by 150 pairs of labels, people's on 400 judged samples (PPI++, lambda " in verdict.detail
    )
    assert "the judge alone says up " in verdict.detail
    assert verdict.comparison is not None
    correction = verdict.comparison.correction
    assert correction is not None
    assert (correction.n_labels, correction.n_judged, correction.label_usd) == (150, 400, 1.0)


@pytest.mark.parametrize(("which", "other"), [("candidate", "baseline"), ("baseline", "candidate")])
def test_labels_on_one_side_alone_correct_nothing(
    which: Literal["baseline", "candidate"], other: str
) -> None:
    world = World(drop=0.3)
    verdict = _verdict(world.found(world.labels(which)))
    assert verdict.verdict == "pass"
    assert (
        f"only the {which} has labels (150), and the judge may err otherwise on the {other}" in verdict.detail
    )
    assert verdict.comparison is not None
    assert verdict.comparison.correction is None


def test_without_labels_nothing_is_said_of_them() -> None:
    assert "abel" not in _verdict(World().found([])).detail


def test_samples_that_both_sides_answered_alike_need_no_label() -> None:
    """300 of 400 answers are the same: the 100 others alone are labelled, and all of them."""
    rng = np.random.default_rng(1)
    texts = [f"answer {i}" for i in range(N)]
    other = [text if i < 300 else f"another {i}" for i, text in enumerate(texts)]
    verdicts = (rng.random((2, N)) < 0.8).astype(float)
    verdicts[1, :300] = verdicts[0, :300]
    baseline, candidate = judged(verdicts[0].tolist(), texts), judged(verdicts[1].tolist(), other)
    truth = (rng.random((2, N)) < 0.8).astype(float)
    its = [
        labels(name, side, {i: float(truth[k, i]) for i in range(300, N)})
        for k, (name, side) in enumerate((("baseline", baseline), ("candidate", candidate)))
    ]
    verdict = _verdict(_found(GATE, candidate, baseline, its[0] + its[1]))
    assert verdict.comparison is not None
    assert verdict.comparison.difference == pytest.approx((truth[1, 300:] - truth[0, 300:]).sum() / N)
    assert "300 of 400 samples need none" in verdict.detail


def test_labels_on_another_scale_are_refused() -> None:
    world = World()
    answers = world.labels("baseline") + world.labels("candidate")
    gate = RegressionGate(parse_metric({"mean": {"scorer": "judge", "bounds": [1, 5]}}), 0.05)
    up = [judged([4.0] * N, [f"{name} {i}" for i in range(N)]) for name in ("before", "after")]
    verdict = _verdict(_found(gate, up[1], up[0], answers))
    assert (
        "not used: the labels lie in 0 .. 1, the metric in 1 .. 5 (label on the judge's scale)."
        in verdict.detail
    )


def test_labels_of_pairs_do_not_correct_a_judge_of_single_answers() -> None:
    world = World()
    both = [
        *labels("baseline", world.baseline, dict.fromkeys(range(50), 1.0), kind="pairwise"),
        *labels("candidate", world.candidate, dict.fromkeys(range(50), 0.0), kind="pairwise"),
    ]
    assert "people were asked pairwise and the judge of one answer" in _verdict(world.found(both)).detail


def test_missing_answers_at_their_worst_are_not_corrected() -> None:
    world = World()
    pending = _found(
        RegressionGate(parse_metric("accuracy"), 0.05, missing="worst"),
        world.candidate,
        world.baseline,
        world.labels("baseline") + world.labels("candidate"),
    )
    assert "nobody labels answers that are missing" in _verdict(pending).detail


def test_an_open_gate_says_how_many_labels_or_samples_would_decide() -> None:
    world = World(cost_usd=0.001)
    world.drawn = world.drawn[:40]
    verdict = _verdict(world.found(world.labels("baseline") + world.labels("candidate")))
    assert verdict.verdict == "undecided"
    assert verdict.comparison is not None
    correction = verdict.comparison.correction
    assert correction is not None
    assert correction.sample_usd == pytest.approx(0.002)
    assert correction.plan is not None
    assert "To plan with: about " in verdict.detail
    assert "more labelled pairs ($" in verdict.detail


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (
            LabelPlan(140, 900, labels_usd=70.0, samples_usd=4.5),
            "about 900 more samples ($4.50) or about 140",
        ),
        (
            LabelPlan(14, 900, labels_usd=7.0, samples_usd=45.0),
            "about 14 more labels ($7.00) or about 900 more",
        ),
        (LabelPlan(140, None, labels_usd=70.0), "more labels ($70.00); no number of samples alone does."),
        (LabelPlan(None, 900), "about 900 more samples; no number of labels of these samples alone does."),
        (
            LabelPlan(30, 90, is_both=True, labels_usd=15.0, samples_usd=1.0),
            "($1.00) together with about 30 more",
        ),
        (LabelPlan(None, None), "No number of labels or samples decides it"),
    ],
)
def test_a_plan_names_the_cheaper_first(plan: LabelPlan, text: str) -> None:
    assert text in plan_of(plan)


def test_a_plan_calls_nothing_cheaper_whose_price_is_unknown() -> None:
    assert plan_of(LabelPlan(140, 900, labels_usd=70.0)) == (
        "To plan with: about 140 more labels ($70.00) or about 900 more samples."
    )


def _own(gate: AbsoluteGate, side: Observations, answers: Sequence[LabelledAnswer]) -> Verdict:
    metric = open_metric(gate.metric)
    plain = estimate(metric, gate.metric.label, side)
    made = PeoplesWord(answers, 0.5).own(gate, metric, plain, Answered(side, ["candidate"]))
    verdict = own_decider(gate).decide(gate, Evidence(made.estimate, 0.01, len(side)))
    return made.told(gate, verdict)


def test_a_value_that_a_kind_judge_raised_is_put_right() -> None:
    world = World(drop=0.3)
    gate = AbsoluteGate.parse("mean:judge >= 0.6 not disproven")
    assert _own(gate, world.candidate, []).verdict == "pass"
    verdict = _own(gate, world.candidate, world.labels("candidate"))
    assert verdict.verdict == "fail"
    assert "Corrected by 150 labels, people's on 400 judged samples" in verdict.detail


def test_an_open_value_says_what_would_decide() -> None:
    world = World(drop=0.3)
    value = float(world.after.mean())
    verdict = _own(
        AbsoluteGate.parse(f"mean:judge >= {value - 0.02:.3f} proven"),
        world.candidate,
        world.labels("candidate"),
    )
    assert verdict.verdict == "undecided"
    assert "To plan with: " in verdict.detail


def test_labels_of_picked_samples_alone_correct_nothing() -> None:
    world = World()
    picked = labels(
        "candidate", world.candidate, dict.fromkeys(range(60), 0.0), picked_for="unsure", chance=1.0
    )
    verdict = _own(AbsoluteGate.parse("mean:judge >= 0.6"), world.candidate, picked)
    assert "all 60 labels are of samples that were picked for review, none drawn at random" in verdict.detail


def test_a_handful_of_labels_corrects_nothing() -> None:
    world = World()
    verdict = _own(
        AbsoluteGate.parse("mean:judge >= 0.6"), world.candidate, world.labels("candidate", range(5))
    )
    assert "5 labels of samples drawn at random are too few (label 10 or more)" in verdict.detail


def test_a_metric_of_another_scorer_is_left_alone() -> None:
    world = World()
    other = judged([1.0] * N, signature="regex(v1)")
    assert (
        "abel" not in _own(AbsoluteGate.parse("mean:judge >= 0.6"), other, world.labels("candidate")).detail
    )


def test_a_corrected_value_says_nothing_of_the_judges_own_without_cut_answers() -> None:
    world = World()
    metric = open_metric(MEAN)
    plain = replace(estimate(metric, "mean:judge", world.candidate), n_cut=3, without_cut=0.9)
    made = PeoplesWord(world.labels("candidate")).value(
        MEAN, metric, plain, Answered(world.candidate, ["candidate"])
    )
    assert made.correction is not None
    assert (made.estimate.n_cut, made.estimate.without_cut) == (0, None)
