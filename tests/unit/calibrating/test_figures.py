"""The figures of a calibration, and that nothing is dropped silently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from evalkit.calibrating.figures import figures_of
from evalkit.calibrating.labelled import Labelled, Labels, Opinion
from evalkit.calibrating.record import as_record, calibration_of
from evalkit.calibrating.scale import SPLIT, Scale
from evalkit.core.judge_calibration import judges_seen
from evalkit.core.judgement import Judgement
from tests.unit.calibrating.judged import BINARY, labelled, said

RNG = np.random.default_rng(7)
PEOPLE = RNG.integers(0, 2, size=(3, 60)).astype(float)
JUDGE = np.where(RNG.random(60) < 0.8, PEOPLE[0], 1 - PEOPLE[0])


def responses(people: np.ndarray) -> Labels:
    names = ("ann", "bob", "cy")
    rows = [
        Labelled(f"s{i}", "x", {name: float(each[i]) for name, each in zip(names, people, strict=False)})
        for i in range(people.shape[1])
    ]
    return Labels(rows, "labels.jsonl")


def test_the_judge_is_held_against_most_people_and_each_of_them() -> None:
    figures = figures_of(BINARY.main, responses(PEOPLE), [said(float(each)) for each in JUDGE])
    majority = PEOPLE.sum(axis=0) >= 2
    agreement = figures.agreement
    assert agreement.judge.kappa.value == pytest.approx(cohen_kappa_score(majority, JUDGE), abs=1e-12)
    assert agreement.each["ann"].kappa.value == pytest.approx(cohen_kappa_score(PEOPLE[0], JUDGE), abs=1e-12)
    assert set(agreement.pairs) == {("ann", "bob"), ("ann", "cy"), ("bob", "cy")}
    kappas = [cohen_kappa_score(PEOPLE[a], PEOPLE[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert agreement.ceiling == pytest.approx(np.mean(kappas), abs=1e-12)


def test_grades_have_the_quadratic_kappa() -> None:
    grades = RNG.integers(1, 6, size=80)
    verdicts = np.clip(grades + RNG.integers(-1, 2, size=80), 1, 5)
    scale = Scale.grades([1, 2, 3, 4, 5])
    labels = Labels([labelled(i, float(each)) for i, each in enumerate(grades)], "x")
    figures = figures_of(scale, labels, [said(float(each)) for each in verdicts])
    expected = cohen_kappa_score(grades, verdicts, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert figures.agreement.judge.kappa.value == pytest.approx(expected, abs=1e-12)


def test_the_constant_guesser_is_measured_on_what_the_judge_answered() -> None:
    labels = Labels([labelled(i, float(i >= 3)) for i in range(12)], "x")
    opinions = [said(None) if i < 2 else said(1.0) for i in range(12)]
    guesser = figures_of(BINARY.main, labels, opinions).agreement.guesser
    assert guesser.label == "yes"
    assert guesser.figures.agreement.value == pytest.approx(9 / 10)


def test_whatever_has_no_figure_is_counted() -> None:
    rows = [
        Labelled("a", "x", {"ann": 1.0, "bob": 0.0}),
        Labelled("b", "x", {"ann": 1.0}),
        Labelled("c", "x", {"ann": 0.0}),
        Labelled("d", "x", {"ann": 0.0}),
    ]
    opinions = [said(1.0), said(None, None), said(0.0, None), Opinion(None, error="the budget was spent")]
    counts = figures_of(BINARY.main, Labels(rows, "x", n_skipped=2), opinions).counts
    assert (counts.n_responses, counts.n_labels, counts.n_skipped, counts.n_no_majority) == (4, 5, 2, 1)
    assert (counts.n_failed, counts.n_partly_failed, counts.n_compared) == (2, 1, 1)
    assert (counts.n_judgements, counts.n_failed_judgements) == (5, 3)
    assert counts.first_error == "no answer"


def test_a_judge_that_is_split_agrees_with_nobody() -> None:
    labels = Labels([labelled(i, float(i % 2)) for i in range(8)], "x")
    opinions = [said(1.0, 0.0) if i < 2 else said(float(i % 2), float(i % 2)) for i in range(8)]
    pair = figures_of(BINARY.main, labels, opinions).agreement.judge
    assert pair.labels == ("no", "yes", SPLIT)
    assert pair.agreement.value == pytest.approx(6 / 8)


def test_probabilities_have_brier_and_reliability() -> None:
    labels = Labels([labelled(i, float(i % 2)) for i in range(4)], "x")
    shares = (0.1, 0.9, 0.4, 0.4)
    opinions = [
        Opinion(float(p > 0.5), [Judgement("judge", "local/j", verdict="yes", value=1.0, probability=p)])
        for p in shares
    ]
    found = figures_of(BINARY.main, labels, opinions).probability
    assert found is not None
    assert found.brier.value == pytest.approx((0.01 + 0.01 + 0.16 + 0.36) / 4)
    assert found.least == 0.25
    assert sum(each.n for each in found.bins) == 4


def test_labels_that_were_not_drawn_evenly_are_weighed() -> None:
    rows = [labelled(i, 1.0, weight=1.0) for i in range(10)] + [
        labelled(i, 0.0, weight=4.0) for i in range(10, 20)
    ]
    opinions = [said(0.0)] * 10 + [said(0.0)] * 10
    figures = figures_of(BINARY.main, Labels(rows, "x"), opinions)
    assert figures.agreement.judge.agreement.value == pytest.approx(40 / 50)


def test_the_record_holds_every_figure_and_says_for_which_judge() -> None:
    figures = figures_of(BINARY.main, responses(PEOPLE), [said(float(each)) for each in JUDGE])
    row = calibration_of(
        figures, calibration_id="c", created_at=1.0, task="qa", scorer="judge", signature="judge(…)",
        source="labels.jsonl",
    )  # fmt: skip
    assert (row.judge, row.judge_revision, row.n_labels, row.n_reviewers) == ("openai/judge", "j-1", 60, 3)
    assert row.kappa == figures.agreement.judge.kappa.value
    assert row.record == as_record(figures)
    assert {each["name"] for each in row.record["effects"]} == {
        "length", "verbosity", "self-preference", "self-consistency",
    }  # fmt: skip


def test_the_revisions_of_a_panel_stand_side_by_side() -> None:
    def spoke(judge: str, revision: str | None) -> Judgement:
        return Judgement("judge", judge, revision, verdict="yes", value=1.0)

    one = [spoke("a/x", "1"), spoke("b/y", "7")]
    assert judges_seen([one, one, None]) == ("a/x, b/y", ["a/x=1, b/y=7"])
    changed = judges_seen([one, [spoke("a/x", "2")]])
    assert changed[1] == ["a/x=1, b/y=7", "a/x=2, b/y=7"]
    assert judges_seen([[spoke("a/x", None)]]) == ("a/x", [None])


def test_a_revision_that_judged_again_later_is_none_of_those_behind_the_scores() -> None:
    first = Judgement("judge", "a/x", "1", verdict="yes", value=1.0)
    assert judges_seen([[first, replace(first, judge_revision="2", is_rejudged=True)]]) == ("a/x", ["1"])
