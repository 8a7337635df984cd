"""One session: which Subjects saw which Tasks, at which git commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from evalkit.core.budget import BudgetRecord
from evalkit.core.frozen import frozen
from evalkit.core.gate import DEFAULT_LIMITS, GateRules
from evalkit.core.quarantine import Quarantine
from evalkit.core.subject import DEFAULT_PROMPT

if TYPE_CHECKING:
    from evalkit.core.tournament import TournamentRecord


@frozen(slots=True)
class Run:
    """A row of ``runs``.

    Attributes:
        started_at, finished_at: seconds since the epoch; ``finished_at`` is None while it goes on.
        status: ``running``, ``finished``, ``interrupted`` (Ctrl-C, ``-x``) or ``crashed``.
        is_partial: not every sample of every task was asked for, so the Run never becomes a baseline.
        git_commit, git_branch, git_dirty: None outside a repository.
        argv: the command line, secrets removed.
        n_unread: rows that came and could not be stored; such a Run is partial.
        budget: what the session might spend and what it spent; None where nothing was bound.
    """

    run_id: str
    started_at: float
    finished_at: float | None = None
    status: str = "running"
    is_partial: bool = False
    git_commit: str | None = None
    git_branch: str | None = None
    git_dirty: bool | None = None
    evalkit_version: str = ""
    argv: tuple[str, ...] = ()
    host: str = ""
    n_unread: int = 0
    budget: BudgetRecord | None = None


@frozen(slots=True)
class SubjectRecord:
    """A row of ``subjects``: a Model with its revision and parameters, and a Prompt by its hash.

    ``subject_id`` is a hash of all the other fields, so equal subjects meet over runs.
    """

    subject_id: str
    model: str
    model_revision: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    prompt: str = DEFAULT_PROMPT
    prompt_hash: str = ""

    @property
    def label(self) -> str:
        """``local/smollm2``, or ``local/smollm2#terse`` with a prompt other than the task's own."""
        return self.model if self.prompt == DEFAULT_PROMPT else f"{self.model}#{self.prompt}"


@frozen(slots=True)
class SandboxRecord:
    """How code that models wrote was kept apart.

    Attributes:
        level: the level in force: ``bwrap``, ``userns``, ``process``, ``bare`` or ``docker``.
        failures: the probes that failed when it was opened, one line each: ``level: what was tried: what was
            seen``; levels that were passed over are among them.
    """

    level: str
    failures: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for people."""
        return "; ".join([self.level, *(f"failed: {failure}" for failure in self.failures)])


@frozen(slots=True)
class Evaluation:
    """A row of ``evaluations``: one Task with one Subject in one Run.

    Attributes:
        n_samples: samples asked for, repeats not counted twice; of a task that was stopped, those with all
            repeats.
        n_errors: responses (repeats counted) with an error from the model or a scorer.
        status: ``running``, ``finished`` or ``interrupted``.
        labels: the task's choices in order, or None.
        scorer_signatures: scorer name to signature; needed to compute metrics from stored scores again.
        metric_specs: label to ``[name, params]`` of the metrics that were computed.
        examples: the few-shot examples that stood before the inputs: ``sample_id``, ``input``, ``target``.
        sandbox: how code that the model wrote was run; None where none was.
        quarantine: sample id to until when it may fail, of the samples that were asked.
        n_repeats: responses that each sample was asked for, ``--llm-rerun`` left out; None where unknown.
        n_available: samples of the dataset, asked or not; None where unknown.
        rules: the gates that were selected, and what they are decided by; None where unknown.
        order_seed: what the order of its samples was drawn from; None where they were asked as they stand.
        n_left_out: samples that were to be asked and were not, as the budget of the session was spent.
        tournament: how its Subject stood in the tournament of the task; None where there was none.
        judged_from: the evaluation whose stored responses were judged again for this one; None where the
            Subject was asked.
    """

    evaluation_id: str
    run_id: str
    task: str
    task_hash: str
    dataset_hash: str
    subject: SubjectRecord
    n_samples: int = 0
    n_errors: int = 0
    status: str = "running"
    labels: tuple[str, ...] | None = None
    scorer_signatures: Mapping[str, str] = field(default_factory=dict)
    metric_specs: Mapping[str, Any] = field(default_factory=dict)
    examples: Sequence[Mapping[str, Any]] = ()
    sandbox: SandboxRecord | None = None
    quarantine: Mapping[str, Quarantine] = field(default_factory=dict)
    n_repeats: int | None = None
    n_available: int | None = None
    rules: GateRules | None = None
    order_seed: str | None = None
    n_left_out: int = 0
    tournament: TournamentRecord | None = None
    judged_from: str | None = None

    @property
    def has_too_many_errors(self) -> bool:
        """Whether more of its responses failed than its task allows: its numbers are of the rest."""
        limits = DEFAULT_LIMITS if self.rules is None else self.rules.limits
        return self.n_errors > limits.max_error_rate * self.n_samples * (self.n_repeats or 1)

    @property
    def question(self) -> tuple[str, ...]:
        """What its answers are answers to, and whose they are: where it is equal, they may be pooled."""
        return self.task, self.task_hash, self.dataset_hash, self.subject.subject_id
