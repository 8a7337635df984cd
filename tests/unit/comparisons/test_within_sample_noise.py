"""How much of a difference is answers that vary by themselves, against simulation and arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.compare import compare
from evalkit.comparisons.within_sample_noise import noise_of_history
from evalkit.core.estimate import Comparison, WithinSampleNoise
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.noise_remark import explained
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.stats.own_variance import chance_of_change
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, observe

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.02)


def answers(rng: np.random.Generator, p: np.ndarray, repeats: int) -> list[float | None]:
    return (rng.random((len(p), repeats)) < p[:, np.newaxis]).astype(float).ravel().tolist()


def compared(before: list[float | None], after: list[float | None], repeats: int) -> Comparison:
    return compare(ACCURACY, "accuracy", observe(before, repeats=repeats), observe(after, repeats=repeats))


def test_the_difference_moves_by_rerun_sd_when_all_samples_are_asked_again() -> None:
    rng = np.random.default_rng(3)
    before, after = rng.beta(2, 1, 200), rng.beta(2, 1.2, 200)
    drawn = [compared(answers(rng, before, 3), answers(rng, after, 3), 3) for _ in range(60)]
    differences = np.array([each.difference for each in drawn])
    stated = np.mean(
        [each.within_sample_noise.rerun_sd for each in drawn if each.within_sample_noise is not None]
    )
    truth = np.sqrt(2 * ((before * (1 - before) + after * (1 - after)) / 3).sum()) / 200
    assert stated == pytest.approx(truth, rel=0.03)
    assert np.std(np.diff(differences)) == pytest.approx(truth, rel=0.3)


def test_samples_that_never_vary_have_no_noise_and_equal_ones_nothing_else() -> None:
    rng = np.random.default_rng(4)
    fixed = compared([1.0, 1.0] * 30, [0.0, 0.0] * 10 + [1.0, 1.0] * 20, 2).within_sample_noise
    assert fixed is not None
    assert (fixed.source, fixed.variance_share, fixed.rerun_sd) == ("repeats", 0.0, 0.0)
    p = np.full(2_000, 0.5)
    equal = compared(answers(rng, p, 2), answers(rng, p, 2), 2).within_sample_noise
    assert equal is not None
    assert equal.variance_share == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("metric", [ACCURACY, CORPUS])
def test_nothing_is_said_without_repeats_or_of_a_corpus_metric(metric) -> None:
    repeats = 1 if metric is ACCURACY else 2
    before, after = observe([1.0] * 40, repeats=repeats), observe([0.0, 1.0] * 20, repeats=repeats)
    assert compare(metric, "m", before, after).within_sample_noise is None


def test_repeats_of_the_samples_that_vary_alone_say_nothing_of_the_others() -> None:
    # Twenty samples are asked again, and are right every other time; eighty never vary and are asked once.
    ids = [f"s{i:06}" for i in range(100) for _ in range(3 if i < 20 else 1)]
    sides = [observe([1.0, 0.0, first] * 20 + [1.0] * 80, ids=ids) for first in (1.0, 0.0)]
    assert compare(ACCURACY, "accuracy", *sides).within_sample_noise is None


def lost(n_lost: int, n: int = 100) -> tuple[list[float | None], Comparison]:
    after: list[float | None] = [0.0] * n_lost + [1.0] * (n - n_lost)
    return after, compared([1.0] * n, after, 1)


def history(n_known: int, chance: float) -> Mapping[str, float]:
    return {f"s{i:06}": chance for i in range(n_known)}


def test_history_gives_the_expected_number_of_changes() -> None:
    after, shown = lost(15)
    noise = noise_of_history(ACCURACY, observe(after), shown, lambda scorer: history(100, 0.04))
    assert noise is not None
    assert (noise.source, noise.n_known) == ("history", 100)
    assert noise.expected_changes == pytest.approx(4.0, abs=1e-12)
    assert noise.variance_share == pytest.approx(4 / 15, abs=1e-12)
    assert noise.rerun_sd == pytest.approx(np.sqrt(2 * 4) / 100, abs=1e-12)


def test_as_many_samples_change_as_five_earlier_answers_each_make_expect() -> None:
    rng = np.random.default_rng(6)
    p = rng.beta(1, 1, 400)
    expected, seen = [], []
    for _ in range(40):
        before, after = (rng.random(400) < p).astype(float), (rng.random(400) < p).astype(float)
        earlier = rng.binomial(5, p)
        chances = {f"s{i:06}": chance_of_change(5, int(k)) for i, k in enumerate(earlier)}
        shown = compared(before.tolist(), after.tolist(), 1)
        noise = noise_of_history(ACCURACY, observe(after.tolist()), shown, lambda scorer, by=chances: by)
        assert noise is not None
        assert noise.expected_changes is not None
        expected.append(noise.expected_changes)
        seen.append(shown.n_wins + shown.n_losses)
    error = np.sqrt((np.var(expected) + np.var(seen)) / 40)
    assert abs(np.mean(expected) - np.mean(seen)) < 4 * error
    assert np.mean(seen) == pytest.approx((2 * p * (1 - p)).sum(), rel=0.05)


@pytest.mark.parametrize("chances", [{}, history(49, 0.1), {f"other{i}": 0.1 for i in range(100)}])
def test_a_history_of_under_half_of_the_samples_says_nothing(chances: Mapping[str, float]) -> None:
    after, shown = lost(15)
    assert noise_of_history(ACCURACY, observe(after), shown, lambda scorer: chances) is None


def test_no_history_is_asked_for_where_answers_are_not_right_or_wrong_once_each() -> None:
    def asked(scorer: str) -> Mapping[str, float]:
        raise AssertionError("was asked")

    shown = compared([1.0, 1.0] * 20, [1.0, 0.0] * 20, 2)
    assert noise_of_history(ACCURACY, observe([1.0, 0.0] * 20, repeats=2), shown, asked) is None
    shown = compare(
        ACCURACY, "accuracy", observe([1.0, 0.0] * 30, repeats=2), observe([1.0] * 20 + [0.0] * 10)
    )
    assert noise_of_history(ACCURACY, observe([1.0] * 20 + [0.0] * 10), shown, asked) is None
    assert noise_of_history(GRADED, observe([0.0] * 40), lost(5, 40)[1], asked) is None


def test_the_sentence_says_what_narrows_the_interval() -> None:
    _, shown = lost(15)
    some = WithinSampleNoise("history", 4 / 15, 0.028, 100, 4.0)
    assert sentences.within_sample_noise(some, shown) == (
        "About 4 of the 15 samples that changed would have changed by themselves; asking each sample again "
        "would move the difference by ±0.028. Repeats take away no more than that, more samples help."
    )
    part = sentences.within_sample_noise(WithinSampleNoise("history", 0.0, 0.0, 80, 0.0), shown)
    assert part.startswith("None, going by the 80 with earlier answers, of the 15 samples")
    most = sentences.within_sample_noise(WithinSampleNoise("repeats", 0.62, 0.012, 100), shown)
    assert most.startswith(
        "62 % of this variance is answers that vary by themselves; asking each sample again"
    )
    assert most.endswith("Repeats (--llm-repeats) take that away without new samples.")


def test_noise_explains_a_verdict_that_did_not_pass_and_changes_none() -> None:
    _, shown = lost(15)
    noise = WithinSampleNoise("history", 4 / 15, 0.028, 100, 4.0)
    for word in ("pass", "fail", "undecided"):
        verdict = Verdict("regression(accuracy)", word, "Numbers.", 0.01, "r1", shown)  # type: ignore[arg-type]
        after = explained(verdict, noise)
        assert (after.verdict, after.p_value) == (word, 0.01)
        assert ("changed by themselves" in after.detail) == (word != "pass")
        assert after.comparison is not None
        assert after.comparison.within_sample_noise == noise
        assert explained(verdict, None) is verdict


def test_a_failing_gate_with_repeats_says_how_much_is_noise() -> None:
    rng = np.random.default_rng(5)
    before, after = answers(rng, np.full(200, 0.9), 3), answers(rng, np.full(200, 0.6), 3)
    sides = [Side(observe(values, repeats=3), "task", "data") for values in (after, before)]
    (verdict,) = decide_session([prepare_regression(GATE, ACCURACY, *sides)])
    assert verdict.verdict == "fail"
    assert "% of this variance is answers that vary by themselves" in verdict.detail
