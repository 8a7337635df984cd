"""What a judge does the same way each time, found where it was planted and nowhere else."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from evalkit.calibrating.biases import Case, biases_of
from evalkit.calibrating.consistency import consistency_of
from evalkit.calibrating.estimating import Effect, slope_effect
from evalkit.calibrating.families import family_of
from evalkit.calibrating.labelled import Opinion
from evalkit.calibrating.scale import Scale
from tests.unit.calibrating.judged import labelled, said

RNG = np.random.default_rng(1)


def effect(cases: list[Case], name: str, scale: Scale | None = None) -> Effect:
    return next(each for each in biases_of(scale or Scale.binary(), cases) if each.name == name)


def case(number: int, label: float, opinion: Opinion, **fields: object) -> Case:
    assert opinion.value is not None
    return Case(labelled(number, label, **fields), opinion, opinion.value, label)  # type: ignore[arg-type]


def test_a_slope_is_that_of_least_squares_with_an_intercept_for_each_label() -> None:
    n = 60
    x, strata = RNG.normal(size=n), RNG.integers(0, 3, size=n)
    y = 0.3 * x + 0.5 * strata + RNG.normal(size=n)
    found = slope_effect("length", "", y.tolist(), x.tolist(), strata.tolist(), list(range(n)))
    design = np.column_stack([x, *(strata == each for each in range(3))])
    fitted = LinearRegression(fit_intercept=False).fit(design, y)
    assert found.value == pytest.approx(fitted.coef_[0], abs=1e-12)


def test_its_interval_is_that_of_the_cluster_robust_sandwich() -> None:
    n, m = 60, 20
    x, strata, groups = RNG.normal(size=n), RNG.integers(0, 2, size=n), np.repeat(range(m), n // m)
    y = 0.3 * x + RNG.normal(size=m)[groups] + RNG.normal(size=n)
    found = slope_effect("length", "", y.tolist(), x.tolist(), strata.tolist(), groups.tolist())
    design = np.column_stack([x, strata == 0, strata == 1]).astype(float)
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    scores = np.array([design[groups == g].T @ (y - design @ beta)[groups == g] for g in range(m)])
    bread = np.linalg.inv(design.T @ design)
    covariance = m / (m - 1) * (n - 1) / (n - 3) * bread @ scores.T @ scores @ bread
    assert found.low is not None
    assert found.high is not None
    # 2.0930 is the 97.5 % quantile of Student's t with 19 degrees of freedom.
    assert found.high - found.low == pytest.approx(2 * 2.0930240544 * np.sqrt(covariance[0, 0]), rel=1e-9)


def test_a_judge_that_likes_long_answers_is_found_where_people_say_the_same() -> None:
    texts = ["word " * int(size) for size in RNG.integers(10, 200, size=80)]
    likes_long = [case(i, i % 2, said(float(len(text) > 500)), output=text) for i, text in enumerate(texts)]
    found = effect(likes_long, "length")
    assert found.is_shown
    assert found.value is not None
    assert found.value > 0.2
    assert effect(likes_long, "verbosity").is_shown


def test_long_answers_that_people_like_too_are_no_bias() -> None:
    texts = ["word " * (5 + 100 * (i % 2) + i) for i in range(80)]
    fair = [case(i, i % 2, said(float(i % 2)), output=text) for i, text in enumerate(texts)]
    assert effect(fair, "length").value == pytest.approx(0.0, abs=1e-12)


def test_a_judge_that_takes_the_first_is_found_by_swapping() -> None:
    pair = {"opponent": "other", "opponent_model": "b/m"}
    first = [case(i, i % 2, said(1.0, 0.0, orders=("ab", "ba")), **pair) for i in range(30)]
    fair = [case(i, i % 2, said(float(i % 2), float(i % 2), orders=("ab", "ba")), **pair) for i in range(30)]
    scale = Scale.pairwise()
    assert effect(first, "position", scale).value == 1.0
    assert effect(first, "order changes", scale).value == 1.0
    assert effect(fair, "position", scale).value == 0.0
    assert effect(fair, "order changes", scale).value == 0.0
    assert effect(first, "position", scale).is_shown
    assert not effect(fair, "position", scale).is_shown


def test_a_pairwise_length_counts_doublings_over_the_opponent() -> None:
    lengths = RNG.integers(20, 400, size=60)
    cases = [
        case(
            i, float(i % 2), said(0.5 + 0.05 * log2(size / 100), orders=("ab",)),
            output="x" * int(size), opponent="y" * 100,
        )
        for i, size in enumerate(lengths)
    ]  # fmt: skip
    assert effect(cases, "length", Scale.pairwise()).value == pytest.approx(0.05, abs=1e-9)


def test_preference_for_its_own_family_is_conditioned_on_what_people_say() -> None:
    own, other = "anthropic/claude-3-haiku", "openai/gpt-4o"
    cases = []
    for i in range(80):
        label, is_own = float(i % 2), i % 4 < 2
        verdict = 1.0 if is_own and i % 8 < 4 else label  # lifts half of its own bad answers
        opinion = said(verdict, judge="anthropic/claude-opus-4")
        cases.append(case(i, label, opinion, model=own if is_own else other))
    found = effect(cases, "self-preference")
    assert found.is_shown
    assert found.value == pytest.approx(0.25)
    fair = [
        case(
            i,
            float(i % 2),
            said(float(i % 2), judge="anthropic/claude-opus-4"),
            model=(own, other)[i % 4 < 2],
        )
        for i in range(80)
    ]
    assert effect(fair, "self-preference").value == 0.0


def test_what_cannot_be_told_says_why() -> None:
    cases = [case(i, i % 2, said(1.0)) for i in range(20)]
    assert "does not vary" in effect(cases, "length").reason
    assert effect(cases[:1], "length").reason == "1 response is too few"
    assert "no response is known to be of the family 'judge'" in effect(cases, "self-preference").reason
    assert "judged once" in consistency_of([("s", said(1.0).judgements)]).reason


def test_self_consistency_is_the_share_of_rounds_that_agree() -> None:
    rounds = [("a", said(1.0, 1.0, 0.0).judgements), ("b", said(0.0, 0.0, 0.0).judgements)]
    assert consistency_of(rounds).value == pytest.approx((1 / 3 + 1) / 2)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("anthropic/claude-3-opus", "claude"),
        ("openai/gpt-4o?temperature=0", "gpt"),
        ("openai/o3-mini", "gpt"),
        ("bedrock/us.anthropic.claude-3-haiku-20240307-v1:0", "claude"),
        ("bedrock/meta.llama3-70b-instruct-v1:0", "llama"),
        ("ollama/llama3.1:8b", "llama"),
        ("hf/meta-llama/Meta-Llama-3-8B", "llama"),
        ("mistral/ministral-8b", "mistral"),
        ("local/smollm2#terse", "smollm"),
        ("python:app:answer", None),
        ("7b", None),
        (None, None),
    ],
)
def test_a_family_is_told_by_the_name(model: str | None, family: str | None) -> None:
    assert family_of(model) == family
