"""What a report is made of."""

from __future__ import annotations

import pytest

from evalkit.comparisons.early_ends import early_end
from evalkit.core.tournament import Standing, TournamentRecord
from evalkit.core.verdict import Verdict
from evalkit.report.collect import collect, collect_comparison
from evalkit.report.data import Pair, ReportData
from evalkit.report.markdown import markdown
from tests.unit.report.memory_source import MemorySource, comparison, regressed, rows


def pair_of(data: ReportData, label: str) -> Pair | None:
    (found,) = [item.pair for item in data.evaluations if item.label == label]
    return found


def two_runs(before: str = "++--", after: str = "+-+-", **changes: object) -> MemorySource:
    source = MemorySource()
    source.add_run("a")
    source.add_run("b")
    source.add("a", "e-a", rows(before))
    source.add("b", "e-b", rows(after), **changes)  # type: ignore[arg-type]
    return source


def test_a_run_alone_has_no_pair() -> None:
    assert pair_of(collect(two_runs(), "b"), "local/small") is None


def test_a_gate_names_the_subject_of_the_same_run_that_is_the_baseline() -> None:
    data = collect(regressed(), "run-b")
    pair = pair_of(data, "local/small#short")
    assert pair is not None
    assert pair.evaluation.evaluation_id == "before"
    assert not pair.is_other_run


def test_the_baseline_of_a_run_is_not_itself_compared_with_its_challenger() -> None:
    assert pair_of(collect(regressed(), "run-b"), "local/small#long") is None


def test_a_gate_names_the_run_that_is_the_baseline() -> None:
    source = two_runs()
    source.verdicts_of["e-b"] = [Verdict("regression(accuracy)", "pass", "", 1.0, "a", comparison())]
    pair = pair_of(collect(source, "b"), "local/small")
    assert pair is not None
    assert pair.run.run_id == "a"
    assert pair.comparisons["accuracy"].difference == -0.25


def test_without_a_baseline_the_second_subject_is_shown_beside_the_first() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "one", rows("+-"), model="local/one")
    source.add("a", "two", rows("-+"), model="local/two")
    data = collect(source, "a")
    assert pair_of(data, "local/one") is None
    pair = pair_of(data, "local/two")
    assert pair is not None
    assert pair.evaluation.evaluation_id == "one"


def test_a_baseline_run_that_the_store_has_lost_leaves_the_run_readable() -> None:
    source = two_runs()
    source.verdicts_of["e-b"] = [Verdict("regression(accuracy)", "pass", "", None, "gone")]
    data = collect(source, "b")
    assert pair_of(data, "local/small") is None
    assert data.outcome == "pass"


def test_rows_win_lose_tie_fail_or_stand_alone() -> None:
    data = collect_comparison(two_runs("++--!", "+-+-++"), "a", "b")
    pair = pair_of(data, "local/small")
    assert pair is not None
    assert list(pair.changes) == ["tie", "loss", "win", "tie", "error", "new"]
    assert pair.counts == {"loss": 1, "error": 1, "win": 1, "tie": 2, "new": 1}


def test_runs_over_other_data_are_shown_but_said_not_to_be_comparable() -> None:
    data = collect_comparison(two_runs(dataset_hash="other"), "a", "b")
    pair = pair_of(data, "local/small")
    assert pair is not None
    assert pair.obstacle is not None
    assert "dataset_hash" in pair.obstacle
    assert not pair.comparisons


def test_a_comparison_leaves_out_verdicts_against_another_baseline() -> None:
    source = two_runs()
    source.verdicts_of["e-b"] = [
        Verdict("accuracy >= 0.5", "pass", ""),
        Verdict("regression(accuracy)", "fail", "", 0.01, "elsewhere"),
    ]
    (item,) = collect_comparison(source, "a", "b").evaluations
    assert [verdict.gate for verdict in item.verdicts] == ["accuracy >= 0.5"]


def test_a_comparison_takes_verdicts_that_were_made_for_it() -> None:
    made = Verdict("regression(accuracy)", "fail", "", 0.01, "a", comparison())
    (item,) = collect_comparison(two_runs(), "a", "b", verdicts={"e-b": [made]}).evaluations
    assert item.verdicts == (made,)
    assert item.pair is not None
    assert item.pair.comparisons["accuracy"] == made.comparison


def test_the_worst_verdict_is_the_outcome() -> None:
    data = collect(regressed(), "run-b")
    assert data.outcome == "fail"
    assert data.outcome_counts == {"fail": 2, "undecided": 1, "pass": 1}


def test_rows_are_judged_by_the_scorer_that_the_first_metric_read() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-"))
    first = source.observations_of["e"].scores["exact_match"]
    second = rows("-+", scorer="contains").scores["contains"]
    observations = source.observations_of["e"]
    object.__setattr__(observations, "scores", {"contains": second, "exact_match": first})
    (item,) = collect(source, "a").evaluations
    assert item.scorer == "exact_match"
    assert list(item.statuses) == ["pass", "fail"]


def raced(*standings: tuple[Standing, int], n_asked: int = 8) -> MemorySource:
    """Subjects of one tournament over 20 samples, each with its standing and the samples that counted."""
    source = MemorySource()
    source.add_run("a")
    for at, (standing, n) in enumerate(standings):
        record = TournamentRecord("accuracy", standing, at == 0, 0.05, n, 20)
        source.add(
            "a", f"e{at}", rows("+-"[at] * n_asked), model=f"local/{at}", tournament=record,
            metric_specs={"accuracy": ["accuracy", {}]},
        )  # fmt: skip
    return source


def test_no_test_of_a_fixed_number_is_shown_of_who_was_dropped_on_the_way() -> None:
    data = collect(raced(("winner", 8), ("dropped", 7)), "a")
    pair = pair_of(data, "local/1")
    assert pair is not None
    assert (pair.comparisons, pair.slices, pair.early_end) == ({}, None, "dropped after 7 of 20 samples")
    assert "| 1.000 | dropped after 7 of 20 samples |" in markdown(data)


def test_those_that_were_asked_to_the_end_are_tested() -> None:
    pair = pair_of(collect(raced(("tied", 20), ("tied", 20), n_asked=20), "a"), "local/1")
    assert pair is not None
    assert (set(pair.comparisons), pair.early_end) == ({"accuracy"}, "")


@pytest.mark.parametrize(
    ("before", "after", "n_asked", "told"),
    [
        ("winner", "dropped", 8, "dropped after 7 of 20 samples"),
        ("dropped", "winner", 8, "local/0 dropped after 7 of 20 samples"),
        ("open", "winner", 8, "won after 7 of 20 samples"),
        ("open", "open", 8, ""),
        ("behind", "dropped", 20, ""),  # asked to the end all the same: others were compared with it
    ],
)
def test_whose_number_of_samples_hung_on_what_was_seen(
    before: Standing, after: Standing, n_asked: int, told: str
) -> None:
    first, second = raced((before, 7), (after, 7), n_asked=n_asked).evaluations("a")
    assert early_end(first, second) == told
