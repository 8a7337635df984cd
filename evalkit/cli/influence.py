"""Which samples move a metric of a run the most: what ``evalkit show RUN --influence METRIC`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from evalkit.cli.printing import cell_text, print_table, say
from evalkit.comparisons.influence import Influence
from evalkit.core.gate import MetricSpec
from evalkit.core.run import Evaluation, Run
from evalkit.errors import UsageError, did_you_mean
from evalkit.store.store import Store


@dataclass(frozen=True)
class Ranking:
    """Every sample of one evaluation, the one that moves the metric most first."""

    evaluation: Evaluation
    influences: list[Influence]
    outputs: dict[str, str]


def rankings(store: Store, run: Run, label: str) -> list[Ranking]:
    """One for each evaluation that has the metric ``label``. Raises UsageError when none has."""
    evaluations = store.evaluations(run.run_id)
    known = sorted({name for each in evaluations for name in each.metric_specs})
    if label not in known:
        raise UsageError(f"run {run.run_id} has no metric {label!r}", hint=did_you_mean(label, known))
    return list(_rankings(store, evaluations, label))


def _rankings(store: Store, evaluations: list[Evaluation], label: str) -> Iterator[Ranking]:
    from evalkit.comparisons.influence import influences
    from evalkit.comparisons.slices.members import within
    from evalkit.metrics.open import open_metric

    for evaluation in evaluations:
        if label in evaluation.metric_specs:
            spec = MetricSpec(*evaluation.metric_specs[label])
            observed = within(store.observations(evaluation.evaluation_id), spec.slice)
            metric = open_metric(spec)
            found = influences(metric, metric.table(observed))
            found.sort(key=lambda each: -abs(each.share) if isfinite(each.share) else 0.0)
            responses = zip(observed.sample_ids, observed.responses, strict=True)
            outputs = {sample_id: each.output or "" for sample_id, each in responses}
            yield Ranking(evaluation, found, outputs)


def print_rankings(found: list[Ranking], label: str, limit: int) -> None:
    """The ``limit`` samples of each evaluation that move the metric most."""
    for ranking in found:
        evaluation = ranking.evaluation
        say(f"\n{cell_text(evaluation.task)}, {cell_text(evaluation.subject.label)}: share in {label}")
        rows = [
            (each.sample_id, f"{each.share:+.3g}", ranking.outputs[each.sample_id])
            for each in ranking.influences[:limit]
        ]
        print_table(("sample", "share", "output"), rows, right=("share",), whole=("sample", "share"))
