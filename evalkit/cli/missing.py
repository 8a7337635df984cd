"""Between which ends the numbers of ``evalkit compare`` lie where answers are missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.cli.printing import cell_text
from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation
from evalkit.session.stored.findings import Finding
from evalkit.store.store import Store


def missing_lines(store: Store, findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding with such ends: those of both values and that of their difference."""
    from evalkit.report.deltas import ends_of
    from evalkit.report.missing import difference_sentence, value_sentence

    for finding in findings:
        comparison = finding.verdict.comparison
        candidate = _estimate(store, finding.candidate, finding.metric)
        if comparison is None or candidate is None:
            continue
        # Of several runs, pooled, no value is stored.
        base = None if comparison.pooled_with else _estimate(store, finding.base, finding.metric)
        sides = {"baseline": base, "candidate": candidate}
        said = [f"{side} {text}" for side, e in sides.items() if e and (text := value_sentence(e))]
        ends = ends_of(comparison, candidate.is_higher_better)
        said += filter(None, [difference_sentence(finding.metric, *ends)])
        if said:
            yield cell_text(f"{finding.candidate.task}, {finding.metric}: {'; '.join(said)}")


def _estimate(store: Store, evaluation: Evaluation, metric: str) -> Estimate | None:
    found = store.estimates(evaluation.evaluation_id)
    return next((each for each in found if each.metric == metric), None)
