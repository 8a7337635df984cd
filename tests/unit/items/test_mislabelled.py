"""Wrong targets: planted ones are found, hard samples are not named, thin histories say so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.items.mislabelled import NAMED, effective_subjects, meeting_tables, suspicions
from evalkit.items.votes import Codes, Floats, votes_of


def world(k: int, n: int, n_wrong: int, n_labels: int, spread: float = 1.5) -> tuple[Floats, list[list[str]]]:
    """Scores and answers of k Subjects of a Rasch world whose first targets are wrong; targets are "0"."""
    rng = np.random.default_rng(11)
    ability, difficulty = rng.normal(1.5, 1, k), rng.normal(0, spread, (n, 1))
    is_right = rng.random((n, k)) < 1 / (1 + np.exp(difficulty - ability))
    other = rng.integers(1, n_labels, (n, k))
    truth = np.where(np.arange(n) < n_wrong, 1, 0)[:, np.newaxis]
    given = np.where(is_right, truth, (truth + other) % n_labels)
    return (given == 0).astype(float), [[str(each) for each in row] for row in given]


@pytest.mark.parametrize(("n_labels", "least"), [(2, 0.15), (10, 0.6)])
def test_planted_targets_are_named_and_hardly_any_other(n_labels: int, least: float) -> None:
    values, answers = world(12, 300, 15, n_labels)
    votes = votes_of(values, answers, ["0"] * 300)
    found = suspicions(votes, np.ones(12)).probabilities >= NAMED
    assert found[:15].mean() >= least
    assert found[:15].sum() >= 0.8 * found.sum()


def test_hard_samples_with_right_targets_are_not_named() -> None:
    values, answers = world(12, 300, 0, 2, spread=2.5)
    assert (values.mean(axis=1) < 0.2).sum() > 20
    found = suspicions(votes_of(values, answers, ["0"] * 300), np.ones(12))
    assert (found.probabilities >= NAMED).sum() <= 1


def test_answers_that_never_meet_are_no_evidence() -> None:
    values, _ = world(12, 100, 5, 2)
    answers = [[f"{row} {column}" for column in range(12)] for row in range(100)]
    found = suspicions(votes_of(values, answers, ["0"] * 100), np.ones(12))
    assert (found.probabilities < 0.1).all()


def test_the_chance_to_meet_is_beta_binomial() -> None:
    """scipy counts every order of those that meet, the table one."""
    table = meeting_tables(7)[6 * 6 + 2]  # mean 0.3, size 2
    for met, n, orders in ((0, 4, 1), (3, 4, 4), (7, 7, 1), (0, 0, 1)):
        expected = stats.betabinom.logpmf(met, n, 0.3 * 2.0, 0.7 * 2.0) - np.log(orders)
        assert table[met, n] == pytest.approx(expected, abs=1e-12)


def test_prompts_of_one_model_count_together_below_two_subjects() -> None:
    assert effective_subjects(["a", "b"]).tolist() == [1.0, 1.0]
    assert effective_subjects(["a", "a"]).sum() == pytest.approx(4 / 3)
    assert effective_subjects(["a"] * 50).sum() < 2


def test_the_rival_is_the_answer_that_most_gave_in_place_of_the_target() -> None:
    values = np.array([[0.0, 0, 0, 1], [np.nan, 1, 1, 1]])
    votes = votes_of(values, [["b", "c", "c", None], ["d", None, None, None]], ["a", "a"])
    assert list(votes.rivals) == ["c", None]
    assert votes.rival.tolist() == [[False, True, True, False], [False] * 4]
    assert votes.given.tolist() == [[True] * 4, [False, True, True, True]]


def test_abilities_are_by_class_only_where_targets_are_few() -> None:
    def classes(targets: list[str]) -> Codes:
        return votes_of(np.ones((len(targets), 1)), [[None]] * len(targets), targets).classes

    assert set(classes(["yes", "no"] * 25)[0].tolist()) == {1, 2}
    assert set(classes([*map(str, range(80)), *["7"] * 20])[0].tolist()) == {0}
