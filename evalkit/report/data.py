"""What a report says, as plain frozen data: no HTML, no store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.comparisons.wording import rate
from evalkit.core.account import Account
from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.frozen import frozen
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.message import Media
from evalkit.core.observations import Observations
from evalkit.core.quarantine import Quarantine
from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.core.text import plural
from evalkit.core.verdict import OUTCOMES as OUTCOMES
from evalkit.core.verdict import Verdict
from evalkit.report.frame import Frame
from evalkit.report.groups import Groups
from evalkit.report.main_values import main_values
from evalkit.store.own_history import OwnHistory

if TYPE_CHECKING:  # only a report with a baseline pays for importing the statistics
    from evalkit.comparisons.slices.scan import SliceScan
    from evalkit.core.bridge import Bridge
    from evalkit.drift.series import Series
    from evalkit.store.history import HistoryRow

#: How one row of the candidate did against the baseline; ``new`` where the baseline has no such sample.
Change = Literal["win", "loss", "tie", "error", "new"]
CHANGES: tuple[Change, ...] = ("loss", "error", "win", "tie", "new")

#: How one row did by itself; ``partial`` for a graded value between 0 and 1, ``unscored`` without a scorer.
Status = Literal["pass", "fail", "partial", "error", "unscored"]


class RowSource(Protocol):
    """Where the rows of datasets are kept, by sample id, and what inputs showed, by its hash."""

    def rows(self, evaluation_id: str) -> Mapping[str, Mapping[str, Any]]: ...

    def media(self, sha256: str) -> Media | None: ...


class Source(Protocol):
    """The reading half of the store that a report needs."""

    def run(self, which: str) -> Run: ...

    def evaluations(self, run_id: str) -> Sequence[Evaluation]: ...

    def observations(self, evaluation_id: str) -> Observations: ...

    def estimates(self, evaluation_id: str) -> Sequence[Estimate]: ...

    def verdicts(self, evaluation_id: str) -> Sequence[Verdict]: ...

    def baseline_evaluation_ids(self, evaluation_id: str) -> Mapping[str, str]: ...

    def prompt_text(self, prompt_hash: str) -> str | None: ...

    @property
    def answers(self) -> RowSource: ...

    def tallies(self, run_id: str) -> Mapping[str, Tally]: ...

    def judge_calibrations(self, signatures: Sequence[str]) -> Sequence[JudgeCalibration]: ...

    def metric_history(
        self, wanted: Collection[tuple[str, str]], *, until: float, most: int, least: int
    ) -> Sequence[HistoryRow]: ...

    def bridges(self) -> Sequence[Bridge]: ...

    def own_history(
        self, evaluation: Evaluation, *, scorer: str | None = None, until: float | None = None
    ) -> OwnHistory: ...


@frozen(slots=True)
class ErrorGroup:
    """One error text: how often it came and a sample that shows it."""

    text: str
    n: int
    sample_id: str


@frozen(slots=True)
class Operations:
    """What one evaluation took.

    Attributes:
        n, n_errors, n_cached: responses, those with an error of model or scorer, those from the cache.
        latencies_s: ascending latencies of the responses that have one.
        latency_p50_s, latency_p95_s: None without latencies.
        prompt_tokens, completion_tokens, cost_usd: sums over the responses that report them, None
            where none does.
        n_answered: responses without an error of the model.
        n_without_prompt_tokens, n_without_tokens, n_without_cost: answered responses that do not report them.
        errors: error texts, the most frequent first.
        tally: how the answers ended, and which model revisions gave them.
        queue_p50_s: median seconds of waiting before the service, None where no response says so.
        details: further counts of usage by field of Response, summed; None where no response carries it.
        cost_usd_mean: US dollars of an answer, over those whose cost is known; None where none is.
        ttft_p50_s, ttft_p95_s: seconds to the first token; None where no answer shows it.
        tokens_per_s_p50: median of the completion tokens for each second of latency; None where unknown.
    """

    n: int
    n_errors: int
    n_cached: int
    latencies_s: tuple[float, ...]
    latency_p50_s: float | None
    latency_p95_s: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    n_without_tokens: int
    n_without_cost: int
    errors: tuple[ErrorGroup, ...] = ()
    tally: Tally = field(default_factory=Tally)
    n_answered: int = 0
    n_without_prompt_tokens: int = 0
    queue_p50_s: float | None = None
    details: Mapping[str, int | None] = field(default_factory=dict)
    cost_usd_mean: float | None = None
    ttft_p50_s: float | None = None
    ttft_p95_s: float | None = None
    tokens_per_s_p50: float | None = None

    @property
    def account(self) -> Account:
        return self.tally.account

    def of_known(self, n_without: int) -> str:
        """``of 900 of 1,000 responses`` for a sum that ``n_without`` responses do not carry, else empty."""
        if not 0 < n_without < self.n_answered:
            return ""
        return f"of {self.n_answered - n_without:,} of {self.n_answered:,} responses"


@frozen(slots=True)
class Pair:
    """The baseline of one evaluation, row by row.

    Attributes:
        rows: for each row of the candidate the row of the baseline's observations, or None.
        changes: for each row of the candidate how it did against the baseline.
        comparisons: metric label to the comparison that was made (by a gate, or for this report).
        q_values: metric label to the comparison's p-value adjusted over all comparisons of the report; empty
            where there is but one.
        undecided: labels of the metrics whose gate is undecided, so that no page calls them worse.
        estimates: metric label to the baseline's own estimate.
        frame: what the baseline's inputs share.
        partial: labels of the sums that some responses do not carry, on either side.
        is_other_run: whether the baseline belongs to another run.
        obstacle: why the two are not comparable number by number (hashes differ), or None.
        slices: what a scan over all slices of the rows found; None where there are none.
        early_end: how a tournament or looks ended one of the two before all samples were asked, so that there
            are no comparisons but those of gates that looks decided; empty where none did.
        computed: what was computed of it and is dear; a copy begins without.
    """

    run: Run
    evaluation: Evaluation
    observations: Observations
    operations: Operations
    rows: Sequence[int | None]
    changes: Sequence[Change]
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    q_values: Mapping[str, float] = field(default_factory=dict)
    undecided: Collection[str] = ()
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    partial: Collection[str] = ()
    prompt_text: str | None = None
    is_other_run: bool = True
    obstacle: str | None = None
    frame: Frame = field(default_factory=Frame)
    slices: SliceScan | None = None
    early_end: str = ""
    computed: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def counts(self) -> dict[Change, int]:
        """Rows for each change, in the order of CHANGES."""
        changes = list(self.changes)
        return {change: changes.count(change) for change in CHANGES}


@frozen(slots=True)
class FlakySample:
    """An asserted sample that passed and failed although nothing changed, or that is in quarantine.

    Attributes:
        n, n_failed: answers in this run and before, and those that failed; 0 where none was scored.
        is_held: whether the quarantine held on the day of the run.
    """

    sample_id: str
    n: int
    n_failed: int
    quarantine: Quarantine | None = None
    is_held: bool = False

    @property
    def share_failed(self) -> float:
        return self.n_failed / self.n if self.n else 0.0

    @property
    def rate_text(self) -> str:
        """``15 % [5 %, 36 %] of 20 answers``, with Wilson's 95 % interval."""
        return f"{rate(self.n_failed, self.n)} of {plural(self.n, 'answer')}" if self.n else "no answer yet"

    @property
    def quarantine_text(self) -> str:
        """``until 2026-12-31`` or ``ended 2026-12-31``; empty without."""
        if self.quarantine is None:
            return ""
        return f"{'until' if self.is_held else 'ended'} {self.quarantine.until}"

    @property
    def reason(self) -> str:
        return self.quarantine.reason if self.quarantine is not None else ""


@frozen(slots=True)
class EvaluationData:
    """One Task with one Subject: numbers, verdicts, rows.

    Attributes:
        scorer: the scorer whose values decide pass, fail and change of a row, None without any.
        statuses: for each row how it did by itself.
        flaky: asserted samples that pass and fail by themselves, or are in quarantine.
        frame: what the inputs share: a page shows it once.
        judges: signature of each judge that scored, and of each of its criteria that was calibrated -> its
            newest calibration; None where there is none.
        groups: what the dataset says of its samples in few values.
    """

    evaluation: Evaluation
    observations: Observations
    estimates: tuple[Estimate, ...]
    verdicts: tuple[Verdict, ...]
    scorer: str | None
    statuses: Sequence[Status]
    operations: Operations
    pair: Pair | None = None
    prompt_text: str | None = None
    flaky: tuple[FlakySample, ...] = ()
    frame: Frame = field(default_factory=Frame)
    judges: Mapping[str, JudgeCalibration | None] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)

    @property
    def task(self) -> str:
        return self.evaluation.task

    @property
    def label(self) -> str:
        return self.evaluation.subject.label

    @property
    def has_too_many_errors(self) -> bool:
        return self.evaluation.has_too_many_errors

    @property
    def tally(self) -> Tally:
        return self.operations.tally


@frozen(slots=True)
class ReportData:
    """Everything that one report says.

    Attributes:
        run: the run that is reported; in a comparison the candidate.
        baseline_run: the other run of a comparison of two runs, else None.
        created_at: when the data was collected, seconds since the epoch.
        boards: leaderboards of tasks with more than two Subjects, or that were asked for.
        images: hash to what inputs showed, as many as a page may carry.
        history: of the metrics that gates ask about, over the runs of the store up to this one.
    """

    run: Run
    evaluations: tuple[EvaluationData, ...]
    created_at: float
    baseline_run: Run | None = None
    boards: tuple[Leaderboard, ...] = ()
    images: Mapping[str, Media] = field(default_factory=dict)
    history: tuple[Series, ...] = ()

    @property
    def outcome_counts(self) -> dict[str, int]:
        """Verdicts for each outcome that occurs, the worst first."""
        seen = [verdict.word for item in self.evaluations for verdict in item.verdicts]
        return {outcome: seen.count(outcome) for outcome in OUTCOMES if outcome in seen}

    @property
    def tournament_standings(self) -> set[str]:
        """How Subjects stood, where that is asked for first: no gate failed or is undecided."""
        if self.outcome in ("fail", "error", "undecided"):
            return set()
        races = (item.evaluation.tournament for item in self.evaluations)
        return {race.standing for race in races if race is not None}

    @property
    def outcome(self) -> str:
        """The worst verdict, or ``none`` when there is no gate."""
        return next(iter(self.outcome_counts), "none")

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.task for item in self.evaluations))

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.label for item in self.evaluations))

    def summary(self) -> dict[str, Any]:
        """The small JSON block that an index of reports reads."""
        return {
            "run_id": self.run.run_id,
            "baseline_run_id": self.baseline_run.run_id if self.baseline_run else None,
            "started_at": self.run.started_at,
            "status": self.run.status,
            "is_partial": self.run.is_partial,
            "git_commit": self.run.git_commit,
            "git_branch": self.run.git_branch,
            "outcome": self.outcome,
            "verdicts": self.outcome_counts,
            "n_tasks": len(self.tasks),
            "n_responses": sum(item.operations.n for item in self.evaluations),
            "subjects": list(self.subjects[:8]),
            "tasks": list(self.tasks[:8]),
            "values": main_values(self.evaluations),
        }
