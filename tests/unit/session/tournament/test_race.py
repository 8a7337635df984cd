"""The rule of a tournament: who is dropped, who is behind, who may be the best."""

from __future__ import annotations

from itertools import cycle, islice

import numpy as np
import pytest
from scipy.stats import binomtest

from evalkit.gates.deciding.sequential import LOOKS
from evalkit.session.tournament.race import ALPHA, Place, Race
from evalkit.stats.betting import Wager
from evalkit.stats.power import n_to_see

SOUND, HELD = [True] * 3, [True] * 3
FREE = [False] * 3


def run(race: Race, *columns: list[float], n: int, held: list[bool] | None = None) -> list[list[int]]:
    """Each column is repeated; who is dropped by each sample."""
    k = len(columns)
    rows = zip(*(islice(cycle(column), n) for column in columns), strict=True)
    return [race.add(row, [True] * k, held or [False] * k) for row in rows]


def test_a_subject_is_dropped_when_the_wealth_of_a_bettor_passes_the_union_bound() -> None:
    race, wager = Race(3), Wager(0.5)
    dropped = run(race, [1.0], [1.0], [0.0], n=40)
    first = next(at for at, found in enumerate(dropped) if found)
    assert dropped[first] == [2]
    for _ in range(first):
        wager.add(1.0)
    assert wager.peak < np.log(2 / (LOOKS * ALPHA))
    wager.add(1.0)
    assert wager.peak >= np.log(2 / (LOOKS * ALPHA))


def test_two_that_never_differ_are_tied_and_no_number_of_samples_would_tell() -> None:
    race = Race(3)
    run(race, [1.0], [1.0], [0.0], n=40)
    places = race.places(SOUND, is_over=True)
    assert [each.standing for each in places] == ["tied", "tied", "dropped"]
    assert (places[0].n_more, places[1].n_more) == (None, None)


def test_the_last_one_left_wins_whoever_beat_the_others() -> None:
    race = Race(3)
    run(race, [1.0], [0.0, 1.0], [0.0], n=120)
    assert race.still_in == [0]
    assert [each.standing for each in race.places(SOUND, is_over=False)] == ["winner", "dropped", "dropped"]


def test_at_the_end_the_exact_test_puts_behind_at_its_part_of_alpha() -> None:
    race = Race(2)
    # 12 samples are lost, two won: the looks see too little, McNemar at 80 % of alpha enough.
    run(race, [1.0] * 12 + [0.0] * 2 + [1.0] * 86, [0.0] * 12 + [1.0] * 88, n=100, held=[True, True])
    places = race.places([True, True], is_over=True)
    expected = binomtest(2, 14, 0.5, alternative="less").pvalue / (1 - LOOKS)
    assert expected < ALPHA
    assert places[0] == Place("winner", 100, 0.98)
    assert places[1].standing == "behind"
    assert places[1].beaten_by == 0
    assert places[1].p_value == pytest.approx(expected)


def test_the_tied_are_told_how_many_more_samples_would_tell() -> None:
    race = Race(2)
    run(race, [1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0, 1.0], n=100)
    first, second = race.places([True, True], is_over=True)
    assert (first.standing, second.standing) == ("tied", "tied")
    rows = np.array(list(islice(zip(cycle([1, 0, 1, 1]), cycle([0, 1, 1, 1, 1]), strict=False), 100)))
    differences = rows[:, 1] - rows[:, 0]
    n = n_to_see(float(differences.mean()), float(np.sqrt((differences**2).mean())), ALPHA * (1 - LOOKS))
    assert n is not None
    assert (first.n_more, second.n_more) == (n - 100, None)


def test_a_cut_off_race_has_no_final_test() -> None:
    race = Race(2)
    run(race, [1.0], [0.0], n=100, held=[True, True])
    assert [each.standing for each in race.places([True, True], is_over=False)] == ["open", "open"]


def test_one_with_too_many_failures_puts_nobody_out_and_does_not_win() -> None:
    race = Race(2)
    for _ in range(60):
        assert race.add([1.0, 0.0], [False, True], [False, False]) == []
    assert [each.standing for each in race.places([False, True], is_over=True)] == ["error", "tied"]


def test_who_beat_somebody_wins_though_another_one_failed() -> None:
    race = Race(3)
    for _ in range(60):
        race.add([1.0, 1.0, 0.0], [False, True, True], FREE)
    places = race.places([False, True, True], is_over=True)
    assert [each.standing for each in places] == ["error", "winner", "dropped"]


def test_what_was_asked_to_the_end_is_not_dropped_any_more() -> None:
    race = Race(3)
    assert not any(run(race, [1.0], [1.0], [0.0], n=60, held=HELD))
    assert [each.standing for each in race.places(SOUND, is_over=True)] == ["tied", "tied", "behind"]
    assert race.add([1.0, 1.0, 0.0], SOUND, FREE) == [2]


def test_the_best_is_seldom_put_out() -> None:
    """``python -m tests.calibration tournaments`` is the long proof: here 60 sessions of four equals."""
    rng, n_out = np.random.default_rng(1), 0
    for _ in range(60):
        race = Race(4)
        for row in (rng.random((150, 4)) < 0.7).astype(float).tolist():
            race.add(row, [True] * 4, [False] * 4)
        n_out += race.places([True] * 4, is_over=True)[0].standing in ("dropped", "behind")
    assert n_out <= 8  # 60 times 5 % are 3; more than 8 come by chance once in 200 times
