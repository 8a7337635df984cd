"""Where a mean moved: found when it did, silent when it did not, the date and the size in their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.changepoint import HORIZON, MIN_RUNS, find_changes, watch_p_value
from tests.calibration.drift_rows import ROWS

RNG = np.random.default_rng(11)


def stepped(n: int, at: int, size: float, noise: float = 1.0) -> np.ndarray:
    values = noise * np.random.default_rng(at + n).standard_normal(n)
    values[at:] += size
    return values


def test_a_step_is_found_with_its_date_and_size() -> None:
    (found,) = find_changes(stepped(120, 70, -3.0))
    assert found.kind == "step"
    assert found.earliest <= 70 <= found.latest
    assert found.latest - found.earliest <= 6
    assert found.low < -3.0 < found.high < 0
    assert found.p_value < 1e-6


def test_two_steps_are_two_changes_in_order() -> None:
    values = stepped(150, 50, 3.0)
    values[100:] -= 4.0
    first, second = find_changes(values)
    assert (first.size > 0, second.size < 0) == (True, True)
    assert abs(first.start - 50) <= 3
    assert abs(second.start - 100) <= 3


def test_a_slow_move_is_a_trend_and_not_a_flight_of_stairs() -> None:
    values = np.linspace(0, 6, 150) + RNG.standard_normal(150)
    (found,) = find_changes(values)
    assert found.kind == "trend"
    assert found.low < 6 < found.high


def test_a_step_is_not_called_a_trend() -> None:
    (found,) = find_changes(stepped(40, 20, 5.0))
    assert found.kind == "step"


@pytest.mark.parametrize("n", [12, 30, 100, 400])
def test_noise_alone_raises_an_alarm_in_at_most_the_stated_share(n: int) -> None:
    rng = np.random.default_rng(n)
    alarms = sum(bool(find_changes(rng.standard_normal(n))) for _ in range(200))
    assert alarms <= 18, "more than 5 % of 200 within three standard errors"


def test_noise_that_lasts_for_nights_is_no_step() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(100):
        noise = rng.standard_normal(140)
        for i in range(1, 140):
            noise[i] += 0.5 * noise[i - 1]
        alarms += bool(find_changes(noise[40:]))
    assert alarms <= 12


def test_the_interval_of_the_date_covers_it_in_about_95_of_100_cases() -> None:
    rng = np.random.default_rng(8)
    covered = n_found = 0
    for _ in range(100):
        values = rng.standard_normal(100)
        values[60:] += 3.0
        for found in find_changes(values)[:1]:
            n_found += 1
            covered += found.earliest <= 60 <= found.latest
    assert n_found > 95
    assert covered / n_found > 0.9


def test_a_series_that_never_varied_shows_the_first_move_beyond_its_floor() -> None:
    still = np.full(40, 0.8)
    assert find_changes(still, floor=0.001) == []
    moved = still.copy()
    moved[30:] = 0.77
    (found,) = find_changes(moved, floor=0.001)
    assert found.start == 30
    assert 29 <= found.earliest <= found.latest <= 31


def test_a_move_below_the_floor_is_nothing() -> None:
    values = np.full(40, 0.8)
    values[39] = 0.801
    assert find_changes(values, floor=0.001) == []


def test_a_large_step_shows_in_its_second_night() -> None:
    values = np.concatenate([0.01 * np.random.default_rng(1).standard_normal(60), [-0.08, -0.08]])
    (found,) = find_changes(values)
    assert found.start == 60


def test_too_few_runs_say_nothing() -> None:
    assert find_changes(np.array([0.0] * (MIN_RUNS - 2) + [9.0])) == []


def test_turning_the_series_upside_down_turns_the_sign_alone() -> None:
    values = stepped(90, 30, 2.5)
    (up,), (down,) = find_changes(values), find_changes(-values)
    assert (up.start, up.p_value) == (down.start, down.p_value)
    assert (up.size, up.low) == pytest.approx((-down.size, -down.high))


def test_scale_and_origin_do_not_matter() -> None:
    values = stepped(90, 30, 2.5)
    (plain,), (other,) = find_changes(values), find_changes(1000 + 0.01 * values)
    assert (plain.start, plain.earliest, plain.latest) == (other.start, other.earliest, other.latest)
    assert plain.p_value == pytest.approx(other.p_value, rel=1e-4)


@pytest.mark.parametrize(("z", "p"), [(4.26, 0.05), (4.66, 0.01)])
def test_the_tail_is_that_of_simulated_series(z: float, p: float) -> None:
    """Quantiles of the largest |z| while 1,500 series of known variance were watched for 400 runs."""
    assert watch_p_value(z, HORIZON) == pytest.approx(p, rel=0.15)


def test_a_slow_move_after_a_level_is_one_trend_from_where_it_begins() -> None:
    values = np.concatenate([np.zeros(80), np.linspace(0, -6, 60)]) + RNG.standard_normal(140)
    (found,) = find_changes(values)
    assert found.kind == "trend"
    assert 68 <= found.earliest <= 92
    assert found.latest >= 130
    assert found.low < -6 < found.high


def test_a_slow_move_that_came_to_rest_has_an_end() -> None:
    values = np.concatenate([np.zeros(60), np.linspace(0, 6, 60), np.full(60, 6.0)])
    (found,) = find_changes(values + RNG.standard_normal(180))
    assert (found.kind, abs(found.earliest - 60) <= 12, abs(found.latest - 119) <= 12) == (
        "trend",
        True,
        True,
    )


def test_steps_are_seldom_called_trends_and_slow_moves_seldom_steps() -> None:
    rng = np.random.default_rng(21)
    steps, slow = np.repeat([0.0, 3.0], 60), np.concatenate([np.zeros(60), np.linspace(0, 6, 60)])
    kinds = {
        name: [find_changes(shape + rng.standard_normal(120))[0].kind for _ in range(60)]
        for name, shape in (("step", steps), ("trend", slow))
    }
    assert kinds["step"].count("trend") <= 5
    assert kinds["trend"].count("step") <= 3


def test_a_slow_move_behind_a_step_is_one_trend() -> None:
    values = 0.2 * np.random.default_rng(0).standard_normal(300)
    values[100:] -= 2.0
    values[180:] += np.linspace(0, 4, 120)
    step, trend = find_changes(values)
    assert (step.kind, step.start, trend.kind) == ("step", 100, "trend")
    assert 165 <= trend.earliest <= 195
    assert trend.latest >= 285


def test_a_rise_that_was_taken_back_is_two_steps() -> None:
    values = np.repeat([0.0, 4.0, 0.0], 50) + np.random.default_rng(4).standard_normal(150)
    assert [(each.kind, round(each.size)) for each in find_changes(values)] == [("step", 4), ("step", -4)]


def test_one_night_far_out_is_no_step() -> None:
    values = 0.01 * np.random.default_rng(7).standard_normal(60)
    values[-1] = -0.08
    assert find_changes(values) == []


def test_the_last_small_nights_count_for_their_samples() -> None:
    """Three nights of 50 samples are ten points lower: with 1,000 samples they would be a step."""
    rng = np.random.default_rng(2)
    values = np.append(rng.binomial(1_000, 0.8, 100) / 1_000, [0.7, 0.7, 0.7])
    small = np.append(np.full(100, 1_000.0), [50.0, 50.0, 50.0])
    assert find_changes(values, counts=small) == []
    assert len(find_changes(values, counts=np.full(103, 1_000.0))) == 1


def test_the_interval_of_a_size_says_its_level() -> None:
    (found,) = find_changes(stepped(120, 70, -3.0), alpha=0.01)
    assert found.level == pytest.approx(0.99)


def test_a_step_of_three_spreads_is_seen_in_nearly_every_second_short_history() -> None:
    rng = np.random.default_rng(31)
    moved = np.where(np.arange(40) < 25, 0.0, 3.0)
    assert sum(bool(find_changes(moved + rng.standard_normal(40))) for _ in range(40)) >= 16


def test_a_slow_move_that_only_a_step_tells_of_has_to_outlast_likeness_as_that_step() -> None:
    """Nights alike by .9, of which a line of eleven nights leaves residuals that look unlike."""
    row = next(each for each in ROWS if each.name == "AR(1) of .9")
    values = row.values(np.random.default_rng([12, 10]), row.counts(400))[:39]
    assert find_changes(values, floor=0.001) == []
