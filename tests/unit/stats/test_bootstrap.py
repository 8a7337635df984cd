"""The bootstrap against scipy, closed forms, and itself along its three ways of drawing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.metrics.graded.correlation import Spearman
from evalkit.stats.bootstrap import Floats, SampleRows, bootstrap
from evalkit.stats.intervals import percentile_interval


def mean(rows: Floats, weights: Floats) -> Floats:
    found: Floats = (weights @ rows[:, 0]) / weights.sum(axis=1)
    return found


def total(rows: Floats, weights: Floats) -> Floats:
    return weights @ rows[:, 0]


def single(values: Floats) -> SampleRows:
    return SampleRows(values.reshape(-1, 1), np.arange(len(values)))


@pytest.mark.parametrize("n", [40, 2_000, 12_000])
def test_bootstrap_error_of_a_mean_is_its_standard_error(n: int) -> None:
    values = np.random.default_rng(n).normal(5, 2, n)
    draws = bootstrap(mean, [single(values)], n)[0]
    # The standard deviation of 2,000 draws has a relative error of 1.6 %.
    assert draws.std() == pytest.approx(values.std() / np.sqrt(n), rel=0.065)
    assert draws.mean() == pytest.approx(values.mean(), abs=4 * values.std() / np.sqrt(n * 2_000))


def test_percentile_interval_agrees_with_scipys() -> None:
    values = np.random.default_rng(0).exponential(size=300)
    reference = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=1)
    ours = percentile_interval(bootstrap(mean, [single(values)], 300, n_resamples=20_000)[0])
    width = reference.confidence_interval.high - reference.confidence_interval.low
    assert ours == pytest.approx(tuple(reference.confidence_interval), abs=0.03 * width)


@pytest.mark.parametrize("n", [40, 600, 12_000])
def test_each_resample_has_as_many_samples_as_the_original(n: int) -> None:
    assert np.all(bootstrap(total, [single(np.ones(n))], n) == n)
    varied = [single(np.arange(float(n)))]
    sizes = bootstrap(lambda rows, weights: weights.sum(axis=1), varied, n, n_resamples=50)
    assert np.all(sizes == n)


def test_large_draws_have_multinomial_counts() -> None:
    n = 20_000
    seen: list[Floats] = []

    def keep(rows: Floats, weights: Floats) -> Floats:
        seen.append(weights[:4].copy())
        return weights[:, 0]

    first = bootstrap(keep, [single(np.arange(float(n)))], n, n_resamples=3_000)[0]
    counts = np.bincount(seen[0].astype(int).ravel(), minlength=8)[:6]
    expected = stats.binom.pmf(np.arange(6), n, 1 / n) * seen[0].size
    assert np.all(np.abs(counts - expected) < 4.5 * np.sqrt(expected))
    assert first.mean() == pytest.approx(1.0, abs=4 / np.sqrt(3_000))
    assert first.var() == pytest.approx(1.0, abs=0.15)


def test_equal_samples_drawn_together_have_the_same_distribution_as_one_by_one() -> None:
    rng = np.random.default_rng(5)
    values = (rng.random(900) < 0.3).astype(float)
    noise = 1e-9 * rng.random(900)
    together = bootstrap(mean, [single(values)], 900, n_resamples=4_000)[0]
    one_by_one = bootstrap(mean, [single(values + noise)], 900, n_resamples=4_000, seed=1)[0]
    assert together.std() == pytest.approx(one_by_one.std(), rel=0.07)


def test_both_sides_see_the_same_resample() -> None:
    values = np.random.default_rng(6).random(500)
    before, after = bootstrap(mean, [single(values), single(values + 1)], 500)
    assert np.allclose(after - before, 1.0)


def test_a_sample_is_drawn_with_all_its_repeats() -> None:
    values = np.repeat(np.random.default_rng(7).normal(size=100), 5)
    clustered = SampleRows(values.reshape(-1, 1), np.repeat(np.arange(100), 5))
    draws = bootstrap(mean, [clustered], 100)[0]
    assert draws.std() == pytest.approx(values.std() / 10, rel=0.065)


def test_a_seed_fixes_every_draw() -> None:
    side = single(np.random.default_rng(8).random(700))
    assert np.array_equal(bootstrap(mean, [side], 700, seed=3), bootstrap(mean, [side], 700, seed=3))
    assert not np.array_equal(bootstrap(mean, [side], 700, seed=3), bootstrap(mean, [side], 700, seed=4))


def test_many_samples_are_drawn_from_the_seed_too() -> None:
    side = single(np.random.default_rng(9).random(12_000))
    draws = bootstrap(mean, [side], 12_000, n_resamples=300)
    assert np.array_equal(draws, bootstrap(mean, [side], 12_000, n_resamples=300))
    assert len(np.unique(draws)) == 300


def graded(n: int, noises: tuple[float, ...]) -> list[SampleRows]:
    """Sides that answer the same targets with more or less noise."""
    rng = np.random.default_rng(n)
    targets = rng.uniform(0, 5, n)
    answers = [targets + rng.normal(0, noise, n) for noise in noises]
    return [SampleRows(np.stack([side, targets], axis=1), np.arange(n)) for side in answers]


def test_the_interval_of_a_rank_correlation_agrees_with_scipys() -> None:
    (side,) = graded(200, (1.0,))
    x, y = side.rows.T
    reference = stats.bootstrap(
        (x, y),
        lambda x, y: stats.spearmanr(x, y)[0],
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=2_000,
        rng=1,
    ).confidence_interval
    ours = percentile_interval(bootstrap(Spearman().aggregate, [side], 200)[0])
    # The ends of either interval have a Monte-Carlo error of 0.06 standard errors, 0.015 widths.
    assert ours == pytest.approx((reference.low, reference.high), abs=0.06 * (reference.high - reference.low))


@pytest.mark.parametrize("noises", [(1.0, 1.1), (0.02, 0.021)])
def test_expanded_resamples_are_distributed_as_full_ones(noises: tuple[float, ...]) -> None:
    n, spearman = 20_000, Spearman()
    sides = graded(n, noises)
    full = bootstrap(spearman.aggregate, sides, n, n_resamples=400)
    quick = bootstrap(spearman.aggregate, sides, n, n_resamples=400, expansion=spearman.expansion)
    # The very same weights: what differs is the expansion alone.
    assert np.array_equal(quick[:, :100], full[:, :100])
    for ours, theirs in ((quick[0], full[0]), (quick[1] - quick[0], full[1] - full[0])):
        assert ours.mean() == pytest.approx(theirs.mean(), abs=0.1 * theirs.std())
        assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
        ends = np.array(percentile_interval(ours)) - percentile_interval(theirs)
        assert np.abs(ends).max() < 0.2 * theirs.std()


def test_fewer_samples_are_resampled_in_full_whatever_expansion_there_is() -> None:
    spearman, sides = Spearman(), graded(2_000, (1.0,))
    full = bootstrap(spearman.aggregate, sides, 2_000, n_resamples=300)
    given = bootstrap(spearman.aggregate, sides, 2_000, n_resamples=300, expansion=spearman.expansion)
    assert np.array_equal(full, given)


def test_rows_that_are_counted_together_hold_the_numbers_of_single_draws() -> None:
    kept = bootstrap(lambda rows, weights: weights[:, 3], [single(np.random.default_rng(9).random(700))], 700)
    rng = np.random.default_rng(0)
    one_by_one = [
        np.bincount(rng.integers(0, 700, 700, dtype=np.uint32), minlength=700) for _ in range(2_000)
    ]
    assert np.array_equal(kept[0], np.array(one_by_one)[:, 3])
