"""Ranks, ties and the familywise error of a leaderboard."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from unittest import mock

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats import multitest

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.comparisons.leaderboard.contender import Contender
from evalkit.comparisons.leaderboard.rank import leaderboards
from evalkit.core.estimate import Estimate
from evalkit.core.gate import GateLimits, GateRules
from evalkit.core.tournament import Standing, TournamentRecord
from evalkit.report.leaderboards import headline
from evalkit.report.sections import Section
from evalkit.report.sections.leaderboard import MOST_IN_BRIEF, in_brief
from tests.plain import lines_of
from tests.unit.comparisons.leaderboard.subjects import LABEL, right, subject
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, ERROR_RATE_LIKE

N = 200


def board(*its: Contender, alpha: float = 0.05) -> Leaderboard:
    (found,) = leaderboards("task", ACCURACY, LABEL, {"": its}, alpha)
    return found


def four() -> list[Contender]:
    """``best`` and ``next`` too near to each other, ``last`` far behind all."""
    wrong = {"mid": 30, "best": 10, "last": 90, "next": 14}
    return [subject(label, right(N, range(n))) for label, n in wrong.items()]


def test_pairs_are_told_apart_where_holm_over_exact_mcnemar_tests_tells_them() -> None:
    rng = np.random.default_rng(5)
    scores = {f"m{i}": (rng.random(60) < share).astype(float) for i, share in enumerate((0.9, 0.7, 0.6, 0.3))}
    found = board(*(subject(label, list(each)) for label, each in scores.items()))
    p_values = []
    for each in found.pairs:
        moves = scores[each.first] - scores[each.second]
        p_values.append(binomtest(int((moves > 0).sum()), int(np.count_nonzero(moves)), 0.5).pvalue)
    with mock.patch("gc.collect"):  # that of statsmodels takes a second among all that other tests left
        is_apart, adjusted, *_ = multitest.multipletests(p_values, 0.05, method="holm")
    assert [each.p_adjusted for each in found.pairs] == pytest.approx(adjusted.tolist(), rel=1e-9)
    assert [each.outcome != "tie" for each in found.pairs] == is_apart.tolist()
    assert 0 < sum(is_apart) < 6


def test_the_best_stands_first_and_ties_leave_its_rank_open() -> None:
    found = board(*four())
    assert found.labels == ("best", "next", "mid", "last")
    assert [each.rank for each in found.standings] == ["1\u20132", "1\u20132", "3", "4"]
    assert [each.letters for each in found.standings] == ["a", "a", "b", "c"]
    assert (found.leaders, found.winner) == (("best", "next"), None)


def told(found: Leaderboard) -> list[str]:
    return lines_of(Section("leaderboard", name, blocks) for name, blocks in in_brief([found]))


def test_the_terminal_lists_ranks_ties_and_values_and_who_leads() -> None:
    lines = told(board(*four()))
    assert lines[0] == "task · accuracy"
    assert lines[1].split()[:4] == ["rank", "subject", "ties", "value"]
    assert [line.split()[:4] for line in lines[2:6]] == [
        ["1\u20132", "best", "a", "0.950"], ["1\u20132", "next", "a", "0.930"],
        ["3", "mid", "b", "0.850"], ["4", "last", "c", "0.550"],
    ]  # fmt: skip
    assert lines[6] == "  Nothing is shown to be better than best, next: no test tells which of them is best."


def test_the_terminal_counts_the_subjects_that_it_does_not_list() -> None:
    many = [subject(f"m{i}", right(20, range(i % 3))) for i in range(MOST_IN_BRIEF + 2)]
    assert "  2 more: see the report" in told(board(*many))


def test_wins_losses_and_ties_are_counted_from_either_side() -> None:
    found = board(*four())
    assert [(each.n_wins, each.n_losses, each.n_ties) for each in found.standings] == [
        (2, 0, 1), (2, 0, 1), (1, 2, 0), (0, 3, 0),
    ]  # fmt: skip
    assert (found.outcome("best", "last"), found.outcome("last", "best")) == ("win", "loss")
    assert found.outcome("next", "best") == "tie"


def test_a_subject_that_beats_every_other_one_is_the_winner() -> None:
    found = board(
        subject("a", right(N)), subject("b", right(N, range(40))), subject("c", right(N, range(50)))
    )
    assert found.winner == "a"
    assert found.leaders == ("a",)


def test_the_order_in_which_subjects_are_given_changes_nothing() -> None:
    assert board(*four()) == board(*reversed(four()))


def test_a_tie_says_what_could_have_been_seen_and_how_many_samples_would_tell() -> None:
    tie = board(*four()).pair("best", "next")
    assert tie.comparison is not None
    assert tie.comparison.visible_drop is not None
    assert tie.comparison.difference < tie.comparison.visible_drop
    assert tie.n_to_tell is not None
    assert tie.n_to_tell > N


def test_two_that_answer_alike_are_never_told_apart() -> None:
    tie = board(*(subject(label, right(N, range(9))) for label in "abc")).pair("a", "b")
    assert (tie.outcome, tie.p_adjusted, tie.n_to_tell) == ("tie", 1.0, None)


def test_pairs_of_all_groups_are_one_family() -> None:
    one, other = four()[1::2], [subject("x", right(N)), subject("y", right(N, range(8)))]
    alone = leaderboards("task", ACCURACY, LABEL, {"": other})[0].pairs[0]
    together = leaderboards("task", ACCURACY, LABEL, {"one": one, "other": other})
    assert alone.p_adjusted is not None
    assert together[1].n_family == 2
    assert together[1].pairs[0].p_adjusted == 2 * alone.p_adjusted


def test_a_metric_that_should_be_small_ranks_the_smallest_first() -> None:
    its = [
        subject(each.label, list(right(N, range(n))), metric=ERROR_RATE_LIKE)
        for each, n in zip(four(), (30, 10, 90, 14), strict=True)
    ]
    (found,) = leaderboards("task", ERROR_RATE_LIKE, LABEL, {"": its})
    assert found.labels == ("last", "mid", "next", "best")
    assert found.outcome("last", "best") == "win"


def test_a_metric_of_the_whole_corpus_is_ranked_too() -> None:
    its = [subject(label, right(N, range(n)), metric=CORPUS) for label, n in (("a", 4), ("b", 120), ("c", 6))]
    (found,) = leaderboards("task", CORPUS, LABEL, {"": its})
    assert [each.letters for each in found.standings] == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (subject("odd", right(N), task_hash="other"), "differ in the task itself"),
        (subject("odd", [None] * 9 + [1.0] * (N - 9)), "9 of 200 responses of odd failed, more than 1 %"),
        (subject("odd", right(N), ids=[f"t{i}" for i in range(N)], dataset_hash="other"), "too few"),
        (
            subject("odd", right(N), others=[Estimate("saved_calls", 5, None, None, 1, "")]),
            "stopped early by looks",
        ),
        (
            subject(
                "odd",
                right(N),
                tournament=TournamentRecord("accuracy", "dropped", False, 0.05, N, N + 9),
            ),
            "stopped early by a tournament",
        ),
        (
            replace(subject("odd", []), estimates={LABEL: Estimate(LABEL, 0.9, None, None, N, "")}),
            "its number alone",
        ),
    ],
    ids=["task", "failed", "dataset", "stopped", "tournament", "samples"],
)  # fmt: skip
def test_what_cannot_be_tested_is_not_ranked_and_says_why(odd: Contender, reason: str) -> None:
    found = board(*four(), odd)
    (standing,) = [each for each in found.standings if each.label == "odd"]
    assert (standing.n_untested, standing.rank_low, standing.rank_high) == (4, 1, 5)
    assert all(reason in found.pair("odd", each.label).obstacle for each in four())
    assert found.n_family == 6
    assert set(standing.letters) == set("".join(each.letters for each in found.standings))


def test_who_has_no_value_is_last_and_no_leader_and_shares_no_letter() -> None:
    found = board(*four(), subject("odd", [None] * N))
    assert [each.rank for each in found.standings] == ["1\u20132", "1\u20132", "3", "4", "5"]
    assert (found.labels[-1], found.standings[-1].letters, found.leaders) == ("odd", "", ("best", "next"))


def test_the_best_of_those_with_a_value_is_the_winner_and_is_better_than_these_alone() -> None:
    found = board(*four()[1:3], subject("odd", [None] * N))
    assert found.winner == "best"
    assert headline(found) == "best is better than the other one."


def test_who_was_not_tested_is_told_apart_from_those_that_no_test_tells_apart() -> None:
    odd = subject("odd", right(N), others=[Estimate("saved_calls", 5, None, None, 1, "")])
    assert headline(board(*four(), odd)) == (
        "Nothing is shown to be better than best, next: no test tells which of them is best. "
        "odd was not tested."
    )


@pytest.mark.parametrize(
    ("its", "said"),
    [
        ([subject("a", right(N)), subject("b", [None] * N)], "Only a has a value: nothing was compared."),
        ([subject("a", [None]), subject("b", [None])], "No subject has a value: nothing was compared."),
    ],
    ids=["one", "none"],
)
def test_with_fewer_than_two_values_nobody_wins(its: list[Contender], said: str) -> None:
    found = board(*its)
    assert (found.winner, headline(found)) == (None, said)


def raced(label: str, n: int, standing: Standing, by: str | None = None) -> Contender:
    record = TournamentRecord(
        "accuracy", standing, False, 0.05, n, N, beaten_by=by, p_value=None if by is None else 0.01
    )
    return subject(label, right(n, range(n // 2)), tournament=record, n_available=N)


def test_who_a_tournament_dropped_is_not_first_however_its_few_samples_look() -> None:
    lucky = replace(raced("lucky", 20, "dropped", "a"), estimates=subject("lucky", right(20)).estimates)
    found = board(raced("a", N, "tied"), raced("b", N, "tied"), lucky)
    assert found.labels == ("a", "b", "lucky")
    assert found.leaders == ("a", "b")
    assert [each.rank for each in found.standings] == ["1–3", "1–3", "2–3"]
    assert [each.letters for each in found.standings] == ["a", "a", ""]
    assert found.standings[2].why_out == (
        "lucky was dropped from a tournament after 20 of 200 samples: a is shown to be better "
        "(p = 0.01, alpha 0.050)."
    )


def test_whom_a_tournament_left_alone_is_the_winner() -> None:
    found = board(raced("a", 90, "winner"), raced("b", 90, "dropped", "a"), raced("c", 20, "dropped", "b"))
    assert found.winner == "a"
    assert [each.letters for each in found.standings] == ["a", "", ""]


def test_whom_the_budget_cut_off_is_tested_and_whom_the_tournament_dropped_is_not() -> None:
    its = [raced("a", 150, "tied"), raced("b", 150, "tied"), raced("c", 20, "dropped", "a")]
    cut = [replace(each, evaluation=replace(each.evaluation, n_left_out=50)) for each in its]
    outcomes = [each.outcome for each in board(*cut).pairs]
    assert outcomes == ["tie", "untested", "untested"]
    assert [each.outcome for each in board(*its).pairs] == ["untested"] * 3


@pytest.mark.parametrize("kept", [["b", "c"], ["a", "c"]], ids=["none that stayed in", "not who beat it"])
def test_a_drop_says_nothing_among_subjects_of_whom_those_that_showed_it_are_missing(kept: list[str]) -> None:
    its = [raced("a", N, "tied"), raced("b", 60, "dropped", "a"), raced("c", 20, "dropped", "b")]
    found = board(*(each for each in its if each.label in kept))
    assert found.leaders == tuple(each.label for each in found.standings)


def test_a_task_may_allow_more_answers_to_fail() -> None:
    rules = GateRules(limits=GateLimits(max_error_rate=0.1))
    odd = subject("odd", [None] * 9 + [1.0] * (N - 9), rules=rules)
    assert board(*four(), odd).pair("odd", "last").outcome_of("odd") == "win"


def test_fewer_samples_are_compared_where_they_are_common_and_remarked() -> None:
    short = subject("short", right(100), n_available=N)
    found = board(*four(), short)
    seen = found.pair("short", "last").comparison
    assert seen is not None
    assert (seen.n, found.outcome("short", "last")) == (100, "win")
    (standing,) = [each for each in found.standings if each.label == "short"]
    assert standing.remark == "short is not whole: 100 of 200 samples were asked."


def test_every_two_subjects_stand_once() -> None:
    found = board(*four())
    assert [(each.first, each.second) for each in found.pairs] == list(combinations(found.labels, 2))
