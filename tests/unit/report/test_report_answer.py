"""The answer of a comparison in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evalkit.core.estimate import Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.score import Score
from evalkit.core.tournament import Standing, TournamentRecord
from evalkit.core.verdict import Verdict
from evalkit.gates.regression import RegressionGate
from evalkit.report.answer import answer
from evalkit.report.blocks import Answer
from evalkit.report.collect import collect
from evalkit.report.data import ReportData
from evalkit.report.differences import differences
from evalkit.report.sections.answer import blocks
from tests.unit.report.lost_answers import answered, compared, moved, report, with_task
from tests.unit.report.memory_source import MemorySource, rows

BEFORE = answered(["yes"] * 8, [True] * 8)
NOW = answered(["yes"] * 4 + ["no"] * 4, [True] * 4 + [False] * 4)


def told(data: ReportData) -> tuple[str, ...]:
    found = answer(data, differences(data))
    assert found is not None
    return found.sentences


def test_a_failed_gate_says_what_fell_how_sure_that_is_and_where_to_look() -> None:
    assert told(report(compared(BEFORE, NOW))) == (
        "Accuracy fell from 0.500 to 0.250, by 0.250 [0.050, 0.450], over 8 samples.",
        "This is more than chance: p = 0.031, where the gate asks for 0.05 or less.",
        "Look first at all 4 that got worse: “no” where the baseline said “yes”.",
    )


def test_several_failed_gates_are_counted_and_the_worst_stands_first() -> None:
    source = compared(BEFORE, NOW)
    with_task(source, "sums", -0.3)
    with_task(source, "names", 0.0, "pass")
    first, sure, _ = told(report(source))
    assert first == (
        "Accuracy got worse in 2 of 3 tasks: sums −0.300 [−0.400, −0.200], primes −0.250 [−0.450, −0.050]."
    )
    assert sure.startswith("Each of these is more than chance: p = 0.031")


def test_several_falls_in_fewer_tasks_are_counted_too() -> None:
    source = compared(BEFORE, NOW)
    with_task(source, "sums", -0.3)
    f1 = RegressionGate(MetricSpec("f1"), margin=0.02)
    for evaluation in ("new", "new sums"):
        for each in (evaluation, evaluation.replace("new", "old")):
            source.estimates_of[each].append(Estimate("f1", 0.5, 0.4, 0.6, 8, "f1|v1"))
        made = replace(moved(-0.2), metric="f1")
        source.verdicts_of[evaluation].append(Verdict(f1.text, "fail", "As said.", 0.01, "old", made))
    assert told(report(source))[0].startswith("2 of 2 tasks got worse (4 times): ")


def test_that_what_is_measured_fell_is_no_place_to_look_first() -> None:
    before = answered(["yes"] * 8, [True] * 8)
    now = answered([f"no {i}" * i for i in range(8)], [False] * 8)
    style = [Score("style", 1.0) for _ in range(8)]
    before, now = (replace(each, scores={**each.scores, "style": style}) for each in (before, now))
    assert told(report(compared(before, now)))[-1] == "Look first at the 8 rows that got worse."


def test_an_undecided_gate_says_what_is_still_possible_and_what_would_decide() -> None:
    changes: dict[str, Any] = {
        "difference": -0.05,
        "candidate": 0.45,
        "low": -0.2,
        "high": 0.1,
        "is_worse": False,
    }
    assert told(report(compared(BEFORE, NOW, "undecided", **changes))) == (
        "It cannot be told whether this got worse: accuracy fell from 0.500 to 0.450, by 0.050 "
        "[−0.100, 0.200], over 8 samples.",
        "A change for the worse of up to 0.200 is possible, and the margin is 0.020.",
        "With 40 samples an unchanged model would pass in four runs of five: ask more samples, or accept a "
        "wider margin.",
    )


def test_a_passed_gate_says_that_a_fall_by_the_margin_is_ruled_out() -> None:
    changes: dict[str, Any] = {
        "difference": 0.01,
        "candidate": 0.51,
        "low": -0.01,
        "high": 0.03,
        "is_worse": False,
    }
    assert told(report(compared(BEFORE, BEFORE, "pass", **changes))) == (
        "Nothing got worse: accuracy rose from 0.500 to 0.510, by 0.010 [−0.010, 0.030], over 8 samples.",
        "A change for the worse as large as the margin of 0.02 is ruled out.",
    )


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict("regression(accuracy)", "undecided", "No baseline.", is_recorded=True), "There is nothing"),
        (
            Verdict("accuracy >= 0.9", "error", "Too many failed. Mend it."),
            "accuracy >= 0.9: Too many failed.",
        ),
    ],
)
def test_gates_that_compared_nothing_are_told_by_what_they_say(verdict: Verdict, expected: str) -> None:
    source = compared(BEFORE, NOW, None)
    source.verdicts_of["new"] = [verdict]
    assert told(report(source))[0].startswith(expected)


def test_a_lone_run_is_told_by_its_gates_and_without_any_has_no_answer() -> None:
    source = MemorySource()
    source.add_run("new")
    source.add("new", "e", rows("+-"))
    assert not list(blocks(collect(source, "new")))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.9", "fail", "accuracy is 0.5. Look at it.")]
    assert list(blocks(collect(source, "new"))) == [
        Answer("fail", ("accuracy >= 0.9: accuracy is 0.5.",), (("All verdicts", "#verdicts"),))
    ]


def test_many_subjects_without_a_gate_are_told_by_who_leads() -> None:
    source = MemorySource()
    source.add_run("new")
    for model, marks in (("local/a", "++++++--"), ("local/b", "+-------"), ("local/c", "+-------")):
        source.add(
            "new", model, rows(marks * 8), model=model, metric_specs={"accuracy": ["accuracy", {}]},
            scorer_signatures={"exact_match": "exact_match()"},
        )  # fmt: skip
    found = answer(data := collect(source, "new"), differences(data))
    assert found is not None
    assert found.sentences == ("In accuracy: local/a is better than all 2 others.",)
    assert found.more[0] == ("Leaderboard", "#leaderboard")


def test_numbers_that_would_pass_and_are_doubted_are_told_with_the_doubt() -> None:
    changes: dict[str, Any] = {
        "difference": 0.1,
        "candidate": 0.6,
        "low": 0.05,
        "high": 0.15,
        "is_worse": False,
    }
    source = compared(BEFORE, BEFORE, "undecided", **changes)
    (verdict,) = source.verdicts_of["new"]
    detail = "No worse. Undecided all the same. The labels were seen in training. Draw others."
    source.verdicts_of["new"] = [replace(verdict, detail=detail)]
    assert told(report(source)) == (
        "The numbers would pass, and do not decide: accuracy rose from 0.500 to 0.600, by 0.100 "
        "[0.050, 0.150], over 8 samples.",
        "The labels were seen in training.",
    )


def test_a_tournament_is_told_by_who_won_before_gates_that_were_not_decided() -> None:
    source = MemorySource()
    source.add_run("new")
    entrants: list[tuple[str, str, Standing]] = [
        ("local/a", "++++++--", "dropped"),
        ("local/b", "+-------", "winner"),
    ]
    for model, marks, standing in entrants:
        race = TournamentRecord("accuracy", standing, standing == "dropped", 0.05, 8, 40)
        source.add("new", model, rows(marks), model=model, tournament=race)
    source.verdicts_of["local/a"] = [Verdict("accuracy >= 0.9", "undecided", "Dropped.", is_dropped=True)]
    data = collect(source, "new")
    found = answer(data, differences(data))
    assert found is not None
    assert found.sentences == (
        "local/b wins. The baseline local/a is behind.",
        "local/a is shown to be worse. Asked for 16 of 80 responses, 80 % fewer.",
        "The chance that the best of them was put out is at most 5 %.",
    )
    assert found.more[0] == ("Tournament", "#tournament")
