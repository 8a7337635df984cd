"""Two runs of the store, compared: what every door shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.errors import UsageError
from evalkit.report.collect import collect_comparison
from evalkit.report.data import ReportData
from evalkit.session.stored.findings import Comparing, Finding, Limits
from evalkit.session.stored.sides import Side, SideBySide, note_pool, pair, read_side, with_pool
from evalkit.session.stored.slices import ScannedPair
from evalkit.store.store import Store


@dataclass(frozen=True)
class StoredComparison:
    """What was found between two runs.

    Attributes:
        pairs: evaluations of base and candidate that meet.
        scans: what slices of the rows did, though nobody asked.
    """

    base: Side
    candidate: Side
    pairs: Sequence[tuple[Evaluation, Evaluation]]
    findings: Sequence[Finding]
    scans: Sequence[ScannedPair] = ()

    @property
    def deciding(self) -> Sequence[Finding]:
        """The gates that tasks declare decide; where there are none, all that was found."""
        return [finding for finding in self.findings if finding.is_gate] or self.findings

    @property
    def is_broken(self) -> bool:
        """Whether something cannot be compared, or a side was cut off."""
        is_error = any(each.verdict.verdict == "error" for each in self.deciding)
        return is_error or any(finding.is_cut for finding in self.findings)

    @property
    def is_worse(self) -> bool:
        """Whether something that decides got worse."""
        return any(each.verdict.verdict == "fail" for each in self.deciding)


def compare_runs(store: Store, base: str, candidate: str, limits: Limits) -> StoredComparison:
    """Compare two runs by the names that users give them.

    Raises:
        UsageError: a limit is none, nothing meets, or a run meets itself.
        StoreError: there is no such run.
    """
    limits.check()
    sides = read_side(store, base), read_side(store, candidate)
    earlier, later = with_pool(store, base, *sides), sides[1]
    note_pool(store, candidate, later)
    pairs = pair(earlier, later)
    if not earlier.pool and all(a.evaluation_id == b.evaluation_id for a, b in pairs):
        raise UsageError(
            f"both sides are run {later.run.run_id}: compared with itself, nothing can be worse",
            hint="name another run, or two subjects of it: RUN::SUBJECT",
        )
    comparing = Comparing(store, earlier.run, later.run, limits, earlier.pool)
    findings = comparing.findings(pairs)
    return StoredComparison(earlier, later, pairs, findings, comparing.scans)


def comparison_data(store: Store, compared: StoredComparison) -> ReportData:
    """What a report of the comparison shows."""
    source = SideBySide(store, compared.base.run, compared.candidate.run, compared.pairs)
    findings = compared.findings
    has_gates = any(finding.is_gate for finding in findings)
    verdicts: dict[str, list[Verdict]] = {each.candidate.evaluation_id: [] for each in findings}
    explored: dict[str, list[Verdict]] = {}
    for finding in findings:
        shown = verdicts if finding.is_gate or not has_gates else explored
        shown.setdefault(finding.candidate.evaluation_id, []).append(finding.verdict)
    return collect_comparison(
        source, source.base_id, source.candidate_id, verdicts=verdicts, explored=explored
    )
