"""Read one run, or two side by side, out of the store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from evalkit.core.columns import column_of
from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.verdict import Verdict
from evalkit.errors import StoreError
from evalkit.report.changes import deciding_scorer, pair_rows, row_changes, statuses
from evalkit.report.data import EvaluationData, Pair, ReportData, Source
from evalkit.report.deltas import compare_metrics
from evalkit.report.fdr import with_q_values
from evalkit.report.flaky import flaky_samples
from evalkit.report.frame import Frame, frame_of
from evalkit.report.groups import Groups, groups_of
from evalkit.report.history import histories
from evalkit.report.images import images_of
from evalkit.report.operations import measure
from evalkit.report.totals import of_known

if TYPE_CHECKING:
    from evalkit.comparisons.comparable import Match
    from evalkit.comparisons.leaderboard.board import Leaderboard
    from evalkit.comparisons.slices.scan import SliceScan


def collect(
    source: Source,
    run_id: str,
    *,
    baseline_run_id: str | None = None,
    boards: tuple[Leaderboard, ...] | None = None,
) -> ReportData:
    """The report of one run.

    An evaluation is shown against a baseline where ``baseline_run_id`` names a run, where one of its
    verdicts was decided against one, or else, when no gate of the task has a baseline, where another Subject
    of the same run stands before it (then that Subject is the baseline).

    Args:
        boards: leaderboards that were made already; None makes one where a task has more than two Subjects.
    """
    run = source.run(run_id)
    baseline = source.run(baseline_run_id) if baseline_run_id else None
    known = _Known(source)
    own = known.of_run(run.run_id)
    if baseline is not None:
        there = known.of_run(baseline.run_id)
        bases = [same_task(there, stored) for stored in own]
    else:
        decided = {stored.evaluation.task for stored in own if known.baseline(stored) is not None}
        bases = [
            known.baseline(stored) if stored.evaluation.task in decided else same_task(own[:position], stored)
            for position, stored in enumerate(own)
        ]
    items = [_evaluation(stored, base) for stored, base in zip(own, bases, strict=True)]
    made = _boards(own) if boards is None else boards
    images = images_of(items, source.answers)
    told = histories(source, run, items)
    return ReportData(run, _as_families(items), time.time(), baseline, made, images, told)


def collect_comparison(
    source: Source,
    base_run_id: str,
    candidate_run_id: str,
    *,
    verdicts: Mapping[str, Sequence[Verdict]] | None = None,
    explored: Mapping[str, Sequence[Verdict]] = MappingProxyType({}),
) -> ReportData:
    """Two runs side by side; each evaluation of the candidate meets the baseline's of the same task.

    Args:
        verdicts: evaluation id of the candidate -> verdicts of this very comparison. Without, the stored
            verdicts of the candidate are shown, apart from those against another baseline.
        explored: the same of metrics that no gate asks about: their differences are shown, no verdict.
    """
    data = collect(source, candidate_run_id, baseline_run_id=base_run_id, boards=())
    wanted = (None, data.baseline_run.run_id if data.baseline_run else None)
    items = []
    for item in data.evaluations:
        if verdicts is None:
            found = tuple(v for v in item.verdicts if v.baseline_run_id in wanted)
        else:
            found = tuple(verdicts.get(item.evaluation.evaluation_id, ()))
        pair = item.pair
        if pair is not None and pair.obstacle is None:
            seen = (*explored.get(item.evaluation.evaluation_id, ()), *found)
            refused = _refused(seen)
            made = {m: each for m, each in pair.comparisons.items() if m not in refused}
            pair = replace(pair, comparisons={**made, **_comparisons(seen)}, undecided=_undecided(seen))
        items.append(replace(item, verdicts=found, pair=pair))
    return replace(data, evaluations=with_q_values(items))


def same_task(candidates: Sequence[_Stored], stored: _Stored) -> _Stored | None:
    """What ``stored`` is compared with: the same task, rather of the same subject, never itself."""
    wanted = stored.evaluation
    others = [
        other
        for other in candidates
        if other.evaluation.task == wanted.task and other.evaluation.evaluation_id != wanted.evaluation_id
    ]
    same = (other for other in others if other.evaluation.subject.label == wanted.subject.label)
    return next(same, others[0] if others else None)


class _Known:
    """The evaluations of the runs that were looked at, each run read once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._runs: dict[str, list[_Stored]] = {}

    def of_run(self, run_id: str) -> list[_Stored]:
        """In the order of the store; none of a run that the store does not have (any more)."""
        if run_id not in self._runs:
            try:
                run = self._source.run(run_id)
                found = [_Stored(self._source, run, item) for item in self._source.evaluations(run_id)]
            except StoreError:
                found = []
            self._runs[run_id] = found
        return self._runs[run_id]

    def baseline(self, stored: _Stored) -> _Stored | None:
        """What the gates of an evaluation were decided against, the first one that is there."""
        ids = stored.baseline_ids
        for verdict in stored.verdicts:
            if verdict.baseline_run_id is None:
                continue
            candidates = self.of_run(verdict.baseline_run_id)
            wanted = ids.get(verdict.gate)
            if wanted is not None:
                candidates = [other for other in candidates if other.evaluation.evaluation_id == wanted]
            base = same_task(candidates, stored)
            if base is not None:
                return base
        return None


class _Stored:
    """One evaluation as stored, each part read when first asked for and once."""

    def __init__(self, source: Source, run: Run, evaluation: Evaluation) -> None:
        self.source = source
        self.run = run
        self.evaluation = evaluation

    @cached_property
    def observations(self) -> Observations:
        return self.source.observations(self.evaluation.evaluation_id)

    @cached_property
    def estimates(self) -> tuple[Estimate, ...]:
        return tuple(self.source.estimates(self.evaluation.evaluation_id))

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(self.source.verdicts(self.evaluation.evaluation_id))

    @cached_property
    def prompt_text(self) -> str | None:
        return self.source.prompt_text(self.evaluation.subject.prompt_hash)

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        return self.source.answers.rows(self.evaluation.evaluation_id)

    @cached_property
    def frame(self) -> Frame:
        return frame_of(column_of(self.observations.responses, "input"), self.prompt_text)

    @cached_property
    def baseline_ids(self) -> Mapping[str, str]:
        return self.source.baseline_evaluation_ids(self.evaluation.evaluation_id)


def _evaluation(stored: _Stored, base: _Stored | None) -> EvaluationData:
    scorer = deciding_scorer(stored.observations, stored.estimates)
    pair = _pair(stored, base, scorer) if base else None
    return EvaluationData(
        evaluation=stored.evaluation,
        observations=stored.observations,
        estimates=stored.estimates,
        verdicts=stored.verdicts,
        scorer=scorer,
        statuses=statuses(stored.observations, scorer),
        operations=measure(stored.observations),
        pair=pair,
        prompt_text=stored.prompt_text,
        flaky=flaky_samples(stored.source, stored.run, stored.evaluation),
        frame=stored.frame,
        judges=_judges(stored),
        groups=_groups(stored, pair),
    )


def _groups(stored: _Stored, pair: Pair | None) -> Groups:
    """What a lone run's task does not slice by takes a look at all rows: a comparison has looked."""
    scan = pair.slices if pair is not None else None
    return groups_of(stored.observations, stored.rows if scan else {}, scan.fields if scan else ())


def _judges(stored: _Stored) -> dict[str, JudgeCalibration | None]:
    """By signature, those of criteria among them; none where no judge scored."""
    signatures = [each for each in stored.evaluation.scorer_signatures.values() if each.startswith("judge(")]
    if not signatures:
        return {}
    values = _criteria(stored)
    wanted = [*signatures, *(f"{signature}.{name}" for signature in signatures for name in values)]
    found: dict[str, JudgeCalibration | None] = dict.fromkeys(signatures)
    for each in reversed(stored.source.judge_calibrations(wanted)):  # the newest comes first
        found[each.signature] = each
    return found


def _criteria(stored: _Stored) -> list[str]:
    """The names of the values that scores of judges have."""
    first = (next(iter(each), None) for each in stored.observations.scores.values())
    return [name for score in first if score is not None and score.judgements for name in score.values or ()]


def _boards(own: Sequence[_Stored]) -> tuple[Leaderboard, ...]:
    """Of tasks with more than two Subjects. A tournament ranks its Subjects itself: a second ranking, by
    tests that know nothing of its looks, would contradict it."""
    ranked = [each.evaluation for each in own if each.evaluation.tournament is None]
    counts = Counter(each.task for each in ranked if each.task_hash)
    its = [each for each in own if counts[each.evaluation.task] > 2]
    if not its:
        return ()
    from evalkit.comparisons.leaderboard.assemble import Entry, assemble  # where there are many Subjects

    return tuple(assemble([Entry(each.evaluation, each.observations, each.estimates) for each in its]))


def _pair(stored: _Stored, base: _Stored, scorer: str | None) -> Pair:
    # As all that compares: only where there is a baseline.
    from evalkit.comparisons.comparable import over
    from evalkit.comparisons.early_ends import early_end, stop

    obstacle, found = _common(base, stored)
    ended = early_end(base.evaluation, stored.evaluation)
    stopped = "" if ended else stop((base.evaluation, base.estimates), (stored.evaluation, stored.estimates))
    is_untested = bool(obstacle or ended)
    # What was edited since is another sample: its answers do not meet.
    before, after = (
        each.observations if found is None else over(each.observations, found.common)
        for each in (base, stored)
    )
    rows = pair_rows(before, stored.observations)
    estimates = {estimate.metric: estimate for estimate in base.estimates}
    against = [v for v in stored.verdicts if v.baseline_run_id == base.run.run_id]
    return Pair(
        run=base.run,
        evaluation=base.evaluation,
        observations=before,
        operations=measure(base.observations),
        rows=rows,
        changes=row_changes(before, stored.observations, rows, scorer),
        comparisons={}
        if is_untested
        else _all_comparisons(stored, (before, after), estimates, against, is_stopped=bool(stopped)),
        undecided=_undecided(against),
        estimates=estimates,
        partial={e.metric for side in (stored.estimates, base.estimates) for e in side if of_known(e, side)},
        prompt_text=base.prompt_text,
        is_other_run=base.run.run_id != stored.run.run_id,
        obstacle=obstacle,
        frame=base.frame,
        slices=None if is_untested or stopped else _scanned(base, stored, before, after),
        early_end=ended or stopped,
    )


def _scanned(base: _Stored, stored: _Stored, before: Observations, after: Observations) -> SliceScan | None:
    from evalkit.comparisons.slices.evaluations import scan_evaluations

    return scan_evaluations(base.evaluation, stored.evaluation, before, after, stored.rows)


def _as_families(items: Sequence[EvaluationData]) -> tuple[EvaluationData, ...]:
    """With what the differences of a page, and the slices of all its evaluations, come to together."""
    told = with_q_values(items)
    if all(item.pair is None or item.pair.slices is None for item in told):
        return told
    from evalkit.report.slices import with_slices_adjusted

    return with_slices_adjusted(told)


def _common(base: _Stored, stored: _Stored) -> tuple[str | None, Match | None]:
    """Why the numbers must not be compared; and the samples that stayed, where the dataset was edited."""
    from evalkit.comparisons.comparable import contents, match

    before, after = base.evaluation, stored.evaluation
    if before.task_hash != after.task_hash:
        return _differs("task_hash", before.task_hash, after.task_hash), None
    is_same = before.dataset_hash == after.dataset_hash
    found = match(contents(base.observations), contents(stored.observations), is_same_dataset=is_same)
    if found.untold or (found.has_edits and not found.common):
        return _differs("dataset_hash", before.dataset_hash, after.dataset_hash), None
    return None, found if found.has_edits else None


def _differs(name: str, before: str, after: str) -> str:
    return f"{name} differs ({before} in the baseline, {after} here): the numbers are not comparable"


def _all_comparisons(
    stored: _Stored,
    sides: tuple[Observations, Observations],
    base_estimates: Mapping[str, Estimate],
    against: Sequence[Verdict],
    *,
    is_stopped: bool,
) -> dict[str, Comparison]:
    """Those that gates were decided on, and for metrics that no gate asks about the same made here, unless
    looks at the others ended the asking."""
    decided, refused = _comparisons(against), _refused(against)
    if is_stopped:
        return decided
    open_ = [each for each in stored.estimates if each.metric not in decided and each.metric not in refused]
    made = compare_metrics(stored.evaluation, open_, base_estimates, *sides)
    return {**made, **decided}


def _comparisons(verdicts: Iterable[Verdict]) -> dict[str, Comparison]:
    return {v.comparison.metric: v.comparison for v in verdicts if v.comparison is not None}


def _undecided(verdicts: Sequence[Verdict]) -> Collection[str]:
    found = (v.comparison for v in verdicts if v.verdict == "undecided")
    return {comparison.metric for comparison in found if comparison is not None}


def _refused(verdicts: Sequence[Verdict]) -> Collection[str]:
    """Metrics whose gate found nothing to trust (too many failed, too few samples): no page says better or
    worse of them."""
    return {
        _metric_of(v.gate)
        for v in verdicts
        if (v.verdict == "error" or v.is_unseen)
        and v.comparison is None
        and v.gate.startswith(("regression(", "exploration("))
    }


def _metric_of(gate: str) -> str:
    """``regression(f1)[language=de]`` -> ``f1[language=de]``."""
    rest = gate.partition("(")[2]
    metric, bracket, part = rest.partition(")[")
    return f"{metric}[{part}" if bracket else rest.removesuffix(")")
