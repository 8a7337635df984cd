"""How a tournament's Subjects are shown: in which order, and in which words."""

from __future__ import annotations

import pytest

from evalkit.core.tournament import Standing, TournamentRecord
from evalkit.report.tournament import Entrant, TournamentResult, _place, bound_text


def tied(value: float | None, *, is_higher_better: bool) -> TournamentRecord:
    return TournamentRecord("m", "tied", False, 0.05, 10, 10, value=value, is_higher_better=is_higher_better)


@pytest.mark.parametrize(("is_higher_better", "shown"), [(True, [0.9, 0.2, None]), (False, [0.2, 0.9, None])])
def test_the_best_stands_first_in_the_direction_of_the_metric(
    is_higher_better: bool, shown: list[float | None]
) -> None:
    records = [tied(each, is_higher_better=is_higher_better) for each in (None, 0.9, 0.2)]
    assert [each.value for each in sorted(records, key=_place)] == shown


def result(*standings: Standing, is_cut_off: bool = False) -> TournamentResult:
    """Subjects ``a``, ``b``, …; the last one is the baseline."""
    entrants = [
        Entrant(label, TournamentRecord("m", each, label == "abc"[len(standings) - 1], 0.05, 10, 10), 10, 10)
        for label, each in zip("abc", standings, strict=False)
    ]
    return TournamentResult("t", "m", 0.05, tuple(entrants), is_cut_off)


@pytest.mark.parametrize(
    ("standings", "said"),
    [
        (("tied", "error"), "Too many responses of the other one failed: a was compared with nobody."),
        (("tied", "error", "error"), "Too many responses of all others failed: a was compared with nobody."),
        (("winner", "dropped", "error"), "a wins. c was not compared: too many responses failed."),
        (("winner", "error", "behind"), "a wins. The baseline c is behind. b was not compared: too many "
         "responses failed."),
    ],
)  # fmt: skip
def test_who_failed_is_never_said_to_be_behind(standings: tuple[Standing, ...], said: str) -> None:
    assert result(*standings).outcome == said


def test_nothing_is_promised_where_nothing_was_compared() -> None:
    assert bound_text(result("tied", "error")) == ""


def test_one_that_was_cut_off_does_not_claim_that_all_was_asked() -> None:
    assert result("open", "open", is_cut_off=True).calls_text == (
        "cut off before 20 responses were asked for"
    )


def test_a_judge_that_may_not_be_relied_on_is_no_cut() -> None:
    assert result("open", "open").outcome == (
        "Nothing is decided: the judge of m has not shown the agreement with people that the task asks for "
        "(evalkit judge calibrate). a and b are still in."
    )
    assert "cut off before its end" in result("open", "open", is_cut_off=True).outcome
