"""What changed of a judge between baseline and candidate, and how much of a difference is its noise."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.comparisons.incompatibility import judge_change
from evalkit.store.store import Store
from tests.judging import MOODY, STRICT

#: As the ``judge`` scorer and others write it.
SIGNATURE = "judge(form=binary,model={},prompt=0123456789ab,rubric={},scale=yes/no)"

COMPARED = """
task: shout
samples:
  - {id: a, input: one}
  - {id: b, input: Two}
  - {id: c, input: three}
  - {id: d, input: four}
scorers: [asks]
metrics: ["mean:asks"]
gates: [{regression: {metric: "mean:asks", margin: 0.1}}]
"""


def compared(model: Any, **options: Any) -> dict[str, Any]:
    """The verdict of the one gate against the run before."""
    results = evalkit.evaluate("shout.eval.yaml", {"m": model}, progress=False, **options)
    (verdict,) = results.verdicts
    return dict(verdict)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (("a/x", "aa"), ("a/y", "aa"), "the judge changed from a/x to a/y"),
        (("a/x", "aa"), ("a/x", "bb"), "the rubric changed from aa to bb"),
        (("a/x?k=1,2", "aa"), ("a/x?k=1,2", "aa"), ""),
    ],
)
def test_it_says_what_of_a_judge_changed(old: tuple[str, str], new: tuple[str, str], said: str) -> None:
    assert judge_change(SIGNATURE.format(*old), SIGNATURE.format(*new)) == said


def test_a_scorer_that_asks_no_judge_has_no_judge_to_change() -> None:
    assert judge_change("exact_match(ignore_case=true)", "exact_match") == ""


def test_another_judge_than_the_baselines_is_an_error_that_names_both(project: Path) -> None:
    (project / "shout.eval.yaml").write_text(COMPARED)
    compared(str.upper, judge=STRICT)
    verdict = compared(str.upper, judge=MOODY, baseline="latest")
    assert verdict["verdict"] == "error"
    assert f"scorer asks: the judge changed from {STRICT} to {MOODY}" in verdict["detail"]


def test_another_revision_than_the_baselines_is_an_error_that_names_both(project: Path) -> None:
    (project / "shout.eval.yaml").write_text(COMPARED)
    compared(str.upper, judge=STRICT)
    with Store.open(Path(".evalkit/results.duckdb"), mode="write") as store:
        store.connection.execute("UPDATE judgements SET judge_revision = 'of-may'")
    compared(str.upper, judge=STRICT)
    with Store.open(Path(".evalkit/results.duckdb"), mode="write") as store:
        store.connection.execute(
            "UPDATE judgements SET judge_revision = 'of-june' WHERE judge_revision IS NULL"
        )
        runs = [run.run_id for run in store.runs(None)]
        from evalkit.session.stored.comparison import compare_runs
        from evalkit.session.stored.findings import Limits

        found = compare_runs(store, runs[1], runs[0], Limits())
    (finding,) = found.findings
    assert finding.verdict.verdict == "error"
    assert "was revision of-may in the baseline, and is of-june now" in finding.verdict.detail


def test_the_share_is_kept_with_the_comparison_and_read_back(project: Path) -> None:
    (project / "shout.eval.yaml").write_text(COMPARED)
    compared(str.lower, judge=MOODY, judge_repeats=3)
    results = evalkit.evaluate(
        "shout.eval.yaml", {"m": str.upper}, progress=False, judge=MOODY, judge_repeats=3, baseline="latest"
    )
    with Store.open(Path(".evalkit/results.duckdb")) as store:
        (evaluation,) = store.evaluations(results.run_id)
        (verdict,) = store.verdicts(evaluation.evaluation_id)
    assert verdict.comparison is not None
    noise = verdict.comparison.judge_noise
    assert noise is not None
    # Each answer hears one word twice and the other once: s^2 = 1/3 over 3 rounds, 4 samples, 2 sides.
    assert noise.rejudge_sd == pytest.approx((2 * 2 * (1 / 3 / 3) / 4) ** 0.5)
    assert noise.n_known == 8
    assert f"{100 * noise.variance_share:.0f} % of this variance is the judge's" in verdict.detail
    assert set(dataclasses.asdict(noise)) == {"variance_share", "rejudge_sd", "n_known"}
