"""``evalkit compare`` of two judged runs after people labelled answers of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main
from evalkit.core.gate import GateRules, MetricSpec
from evalkit.core.response import Response
from evalkit.core.review import Review, ReviewItem
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict
from evalkit.gates.regression import RegressionGate
from evalkit.store.journal import Journal
from evalkit.store.reviews import review_row
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

N, N_LABELLED = 120, 60
SIGNATURE = "judge(form=binary,model=local/judge)"


def _write(
    store: Path,
    run_id: str,
    verdicts: list[float],
    *,
    verdict: Verdict | None = None,
    bounds: tuple[float, float] | None = None,
) -> None:
    spool = Spool.create(store, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(
        make_evaluation(
            f"{run_id}-1",
            run_id,
            n_samples=N,
            scorer_signatures={"judge": SIGNATURE},
            metric_specs={"mean:judge": ["mean:judge", {} if bounds is None else {"bounds": list(bounds)}]},
            rules=GateRules((RegressionGate(MetricSpec("mean:judge")),)),
        )
    )
    for i, value in enumerate(verdicts):
        sample = Sample(f"s{i:03}", f"question {i}", content_hash=f"content-{i}")
        answer = Response(f"{run_id} to {i}", created_at=1_700_000_001.0)
        spool.add_response(f"{run_id}-1", sample, answer, i)
        spool.add_scores(f"{run_id}-1", sample.id, 0, Score("judge", value))
    if verdict is not None:
        spool.add_verdict(f"{run_id}-1", verdict, "before-1")
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()


def _label(store: Path, run_id: str, is_right: list[bool]) -> None:
    journal = Journal.open(store, f"review-{run_id}")
    assert journal is not None
    reviews = [
        Review(
            f"{run_id}-{i}",
            "ann",
            ReviewItem.of((f"{run_id}-1", f"s{i:03}", 0), None, "control", 0.5),
            "pass_fail",
            "pass" if is_right[i] else "fail",
            float(is_right[i]),
            1_700_000_100.0,
        )
        for i in range(N_LABELLED)
    ]
    journal.append([("reviews", review_row(each)) for each in reviews])
    journal.close()


def _compared(store: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main(["compare", "before", "after", "--store", str(store), "--json"])
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    return dict(found)


def test_labels_given_after_the_session_correct_what_it_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The judge says that all is right on both sides; a third of the candidate's answers is wrong."""
    store = tmp_path / "results.duckdb"
    _write(store, "before", [1.0] * N)
    session = Verdict("regression(mean:judge)", "pass", "by the judge", baseline_run_id="before")
    _write(store, "after", [1.0] * N, verdict=session)
    assert _compared(store, capsys)["verdict"] == "pass"
    _label(store, "before", [True] * N)
    _label(store, "after", [i % 3 > 0 for i in range(N)])
    found = _compared(store, capsys)
    assert found["verdict"] == "fail"
    comparison = found["comparison"]
    assert comparison["difference"] == pytest.approx(-1 / 3)
    correction = comparison["correction"]
    assert (correction["n_labels"], correction["n_judged"], correction["raw"]) == (60, 120, 0.0)
    main(["compare", "before", "after", "--store", str(store)])
    assert "Corrected by 60 pairs of labels" in " ".join(capsys.readouterr().out.split())


def test_a_graded_judge_is_compared_within_the_bounds_of_its_scale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gate names ``mean:judge`` alone; what its task pinned tells the interval how far a grade may go."""
    store = tmp_path / "results.duckdb"
    grades = [1.0 + i % 5 for i in range(N)]
    _write(store, "before", grades, bounds=(1.0, 5.0))
    _write(store, "after", [min(5.0, grade + 1) for grade in grades], bounds=(1.0, 5.0))
    comparison = _compared(store, capsys)["comparison"]
    assert "tilted interval" in comparison["method"]
