"""Which differences of a report stand when all of them are looked at together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from statsmodels.stats.multitest import multipletests

from evalkit.core.estimate import Estimate
from evalkit.core.verdict import Verdict
from evalkit.report.collect import collect, collect_comparison
from evalkit.report.data import ReportData
from evalkit.report.deltas import delta
from evalkit.report.fdr import q_text, sentence_of
from evalkit.report.html import render
from evalkit.report.markdown import markdown
from tests.unit.report.memory_source import MemorySource, comparison, regressed, rows

#: Task -> (baseline, candidate): one clear loss, one that twenty looks would find by chance, two of nothing.
TASKS = {
    "sums": ("+" * 30, "-" * 30),
    "words": ("+" * 22 + "-" * 8, "+" * 16 + "-" * 14),
    "names": ("+" * 20 + "-" * 10, "+" * 19 + "-" * 11),
    "dates": ("+-" * 15, "+-" * 15),
}


def compared() -> MemorySource:
    source = MemorySource()
    for side, run_id in enumerate(("a", "b")):
        source.add_run(run_id)
        for task, marks in TASKS.items():
            name = f"{task}-{run_id}"
            specs = {"accuracy": ["accuracy", {}]}
            source.add(run_id, name, rows(marks[side]), task=task, metric_specs=specs)
            source.estimates_of[name] = [Estimate("accuracy", 0.5, 0.4, 0.6, 30, "accuracy|v1")]
    return source


@pytest.fixture
def data() -> ReportData:
    return collect_comparison(compared(), "a", "b")


def found(data: ReportData) -> dict[str, float]:
    return {item.task: item.pair.q_values["accuracy"] for item in data.evaluations if item.pair}


def test_q_values_are_benjamini_and_hochbergs_over_all_tasks_as_one_family(data: ReportData) -> None:
    p_values = [item.pair.comparisons["accuracy"].p_two_sided for item in data.evaluations if item.pair]
    assert list(found(data).values()) == pytest.approx(multipletests(p_values, method="fdr_bh")[1], abs=1e-12)


def test_a_difference_that_is_worse_by_itself_need_not_stand_among_others(data: ReportData) -> None:
    text = markdown(data)
    assert "worse | &lt; 0.001 ● |" in text
    assert "worse | 0.063 |" in text
    assert "unclear | 1.000 |" in text


@pytest.mark.parametrize(
    "text",
    [markdown, render],
    ids=["markdown", "html"],
)
def test_every_form_says_how_many_stand_and_in_which_family(data: ReportData, text) -> None:  # type: ignore[no-untyped-def]
    words = " ".join(text(data).replace("&#39;", "'").split())
    assert "1 of 4 differences stands at a false discovery rate of 5 % (●, q at most 0.05)" in words
    assert "over all 4 differences tested here as one family" in words
    assert "Verdicts follow Holm's stricter rule." in words


def test_one_comparison_alone_has_no_family() -> None:
    data = collect(regressed(), "run-b")
    assert sentence_of(data) == ""
    assert "false discovery" not in render(data)


def test_a_gate_brings_the_two_sided_p_value_of_all_its_looks_not_the_one_that_holm_adjusted() -> None:
    source = compared()
    made = comparison(p_value=0.0008, is_one_sided=True, p_two_sided=0.002)
    source.verdicts_of["sums-b"] = [Verdict("regression(accuracy)", "fail", "", 0.016, "a", made)]
    assert found(collect_comparison(source, "a", "b"))["sums"] == pytest.approx(0.008)


def test_the_mark_is_where_q_is_at_most_five_percent() -> None:
    assert (q_text(0.05), q_text(0.051), q_text(None)) == ("0.050 ●", "0.051", "")


def test_a_task_with_groups_says_how_many(data: ReportData) -> None:
    first, *rest = data.evaluations
    groups = [f"p{i // 5}" for i in range(30)]
    first = replace(first, observations=replace(first.observations, groups=groups))
    page = render(replace(data, evaluations=(first, *rest)))
    assert "sums: 30 samples in 6 groups; intervals and tests are over groups." in page
    assert page.count("over groups") == 1


def test_a_latency_has_a_difference_and_no_q() -> None:
    source = compared()
    for side in "ab":
        (first, *rest) = source.evaluations_of[side]
        specs = {**first.metric_specs, "latency_p50_s": ["latency_p50_s", {}]}
        source.evaluations_of[side] = [replace(first, metric_specs=specs), *rest]
        source.estimates_of[f"sums-{side}"].append(Estimate("latency_p50_s", 0.2, 0.1, 0.3, 30, "latency|v1"))
    data = collect_comparison(source, "a", "b")
    pair = data.evaluations[0].pair
    assert pair is not None
    assert set(pair.comparisons) == {"accuracy", "latency_p50_s"}
    assert set(pair.q_values) == {"accuracy"}
    assert "of 4 differences" in sentence_of(data)


@pytest.mark.parametrize("are_stored", [True, False])
def test_nothing_is_better_or_worse_where_the_gate_is_an_error(are_stored: bool) -> None:
    source = compared()
    broken = Verdict("regression(accuracy)", "error", "9 of 30 responses failed", None, "a")
    source.verdicts_of["sums-b"] = [broken] if are_stored else []
    verdicts = None if are_stored else {"sums-b": [broken]}
    data = collect_comparison(source, "a", "b", verdicts=verdicts)
    pair = data.evaluations[0].pair
    assert pair is not None
    assert not pair.comparisons
    assert "of 3 differences" in sentence_of(data)


@pytest.mark.parametrize(("alpha", "is_said"), [(0.05, False), (0.0125, True)])
def test_intervals_at_the_level_of_a_gate_are_said_to_be(alpha: float, is_said: bool) -> None:
    source = compared()
    made = replace(comparison(p_value=0.001), alpha=alpha)
    source.verdicts_of["sums-b"] = [Verdict("regression(accuracy)", "fail", "", 0.001, "a", made)]
    data = collect_comparison(source, "a", "b")
    for page in (markdown(data), render(data)):
        assert ("that of a gate is the one that its verdict rests on" in page) == is_said


def test_what_a_gate_left_undecided_is_not_called_worse() -> None:
    source = compared()
    made = comparison(p_value=0.011)
    assert made.high < 0
    source.verdicts_of["sums-b"] = [Verdict("regression(accuracy)", "undecided", "", 0.011, "a", made)]
    first, *_ = collect_comparison(source, "a", "b").evaluations
    assert first.pair is not None
    found = delta(first.estimates[0], first.pair)
    assert found is not None
    assert found.word == "unclear"
