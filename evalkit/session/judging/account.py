"""What judges took is told apart from what the Subjects took."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.gate import MetricSpec
from evalkit.metrics.always import OF_JUDGES
from evalkit.metrics.open import open_metric
from evalkit.runner.task_scorers import TaskScoring


def with_judge_metrics(scoring: TaskScoring) -> TaskScoring:
    """The same with the operational metrics of judges, behind all others."""
    specs = {name: MetricSpec(name) for name in OF_JUDGES if name not in scoring.specs}
    metrics = {name: open_metric(spec) for name, spec in specs.items()}
    return replace(scoring, metrics={**scoring.metrics, **metrics}, specs={**scoring.specs, **specs})
