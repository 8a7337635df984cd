"""What changed of a judge between baseline and candidate, and how much of a difference is its noise."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.cli.program import main
from evalkit.comparisons.incompatibility import judge_change
from evalkit.store.store import Store
from tests.judging import MOODY, STRICT
from tests.loopback import chat, serving

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


MANY = (
    COMPARED.partition("samples:")[0]
    + "samples:\n"
    + "".join(f"  - {{id: s{i}, input: case {i}}}\n" for i in range(60))
    + "scorers: [asks]\nmetrics: ['mean:asks']\ngates: [{regression: {metric: 'mean:asks', margin: 0.9}}]\n"
)


@pytest.mark.parametrize("is_sequential", [False, True])
def test_another_revision_than_the_baselines_is_an_error_that_names_both(
    project: Path, is_sequential: bool
) -> None:
    (project / "shout.eval.yaml").write_text(MANY)
    revisions = ["of-may"]

    async def run() -> dict[str, Any]:
        async with serving(lambda call: chat("yes", model=revisions[-1])) as server:
            judge = f"openai/judge?base_url={server.base_url}"
            await asyncio.to_thread(compared, str.upper, judge=judge)
            revisions.append("of-june")
            more = {"baseline": "latest", "cache": "refresh", "sequential": is_sequential}
            return await asyncio.to_thread(partial(compared, str.upper, judge=judge, **more))

    verdict = asyncio.run(run())
    assert verdict["verdict"] == "error"
    assert "was revision of-may in the baseline, and is of-june now" in verdict["detail"]
    with Store.open(Path(".evalkit/results.duckdb")) as store:
        row = store.connection.execute("SELECT min(n_samples) FROM evaluations").fetchone()
    assert row is not None
    assert (row[0] < 60) == is_sequential  # it was stopped early, where it might be


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


def test_a_comparison_knows_the_rounds_that_came_after_its_session(project: Path) -> None:
    (project / "shout.eval.yaml").write_text(COMPARED)
    base = evalkit.evaluate("shout.eval.yaml", {"m": str.lower}, progress=False, judge=MOODY)
    run = evalkit.evaluate(
        "shout.eval.yaml", {"m": str.upper}, progress=False, judge=MOODY, baseline=f"run:{base.run_id}"
    )

    def found() -> dict[str, Any]:
        (finding,) = evalkit.compare(base.run_id, run.run_id).findings
        return dict(finding)

    before = found()
    assert "of this variance is the judge's" not in before["detail"]
    for name in (base.run_id, run.run_id):
        assert main(["judge", "rejudge", name, "--repeats=2", "--quiet"]) == 0
    after = found()
    assert "of this variance is the judge's" in after["detail"]
    assert {**after, "detail": ""} == {**before, "detail": ""}
