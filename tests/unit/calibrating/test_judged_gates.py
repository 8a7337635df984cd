"""Which gates read a judge, and under which signature its calibration is looked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.slices import Slice
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.session.judged_gates import judged_gates, judged_source

JUDGE = "judge(form=criteria,model=a/b,prompt=0123456789ab,rubric=0123456789ab)"
SCORERS = {"judge": JUDGE, "right": "judge(form=binary,model=a/b)", "exact_match": "exact_match"}


def metric(name: str, **params: str) -> Metric:
    return open_metric(MetricSpec(name, params))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mean:judge", ("judge", JUDGE)),
        ("mean:judge.overall", ("judge", JUDGE)),
        ("mean:judge.polite", ("judge", f"{JUDGE}.polite")),
        ("mean:right", ("right", "judge(form=binary,model=a/b)")),
        ("mean:exact_match", None),
        ("accuracy", None),
        ("cost_usd", None),
    ],
)
def test_the_judge_behind_a_metric_is_found_by_its_scores(name: str, found: tuple[str, str] | None) -> None:
    names = {"accuracy": {"scorer": "exact_match"}}
    assert judged_source(metric(name, **names.get(name, {})), SCORERS) == found


def test_a_slice_of_a_judged_metric_waits_for_the_same_record() -> None:
    asked: list[str] = []

    def read(signatures: Sequence[str]) -> Sequence[JudgeCalibration]:
        asked.extend(signatures)
        return []

    sliced = MetricSpec("mean:right", slice=Slice("language", "de"))
    metrics = {sliced.label: open_metric(sliced), "accuracy": metric("accuracy", scorer="exact_match")}
    judged = judged_gates(JudgeCondition(0.6), metrics, SCORERS, "qa.eval.yaml", read)
    assert judged is not None
    assert asked == ["judge(form=binary,model=a/b)"]
    refusal = judged.refusal(sliced.label)
    assert refusal is not None
    assert refusal.startswith("The judge right was never calibrated")
    assert judged.refusal("accuracy") is None


def test_a_task_whose_metrics_read_no_judge_reads_no_records() -> None:
    def read(signatures: Sequence[str]) -> Sequence[JudgeCalibration]:
        raise AssertionError(signatures)

    metrics = {"accuracy": metric("accuracy", scorer="exact_match")}
    assert judged_gates(JudgeCondition(0.6), metrics, SCORERS, "qa", read) is None
