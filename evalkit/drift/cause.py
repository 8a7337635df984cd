"""Why a metric moved: the prompt, the task, the data or the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from evalkit.stats.changepoint import ChangePoint
from evalkit.store.history import HistoryRow
from evalkit.store.store import Store

Cause = Literal["prompt", "task", "data", "model"]


class Identified(Protocol):
    """What tells one evaluation from another: a row of the history, or one side of a comparison."""

    @property
    def evaluation_id(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def model_revision(self) -> str | None: ...
    @property
    def prompt_hash(self) -> str: ...
    @property
    def task_hash(self) -> str: ...
    @property
    def dataset_hash(self) -> str: ...


@dataclass(frozen=True)
class Explanation:
    """What differs between two evaluations of one task.

    Attributes:
        cause: what changed while everything else stayed.
        evidence: sentences, each with what was seen.
        changed_share: of the answers to the same samples, the share that differs; None where nothing is
            shared.
    """

    cause: Cause
    evidence: tuple[str, ...]
    changed_share: float | None


@dataclass(frozen=True)
class Attribution(Explanation):
    """Attributes:
    earlier, later: the runs on either side of the change.
    """

    earlier: HistoryRow
    later: HistoryRow

    @property
    def text(self) -> str:
        """``cause: the model (prompt, task and data are the same; …)``."""
        return f"cause: the {self.cause} ({'; '.join(self.evidence)})"


def explain(store: Store | None, earlier: Identified, later: Identified) -> Explanation:
    """Same prompt, task and data but other answers: the model moved. Same model and another prompt: the
    prompt did. Else the task or its data did."""
    share = store.changed_share(earlier.evaluation_id, later.evaluation_id) if store is not None else None
    cause = _cause(earlier, later)
    return Explanation(cause, tuple(_evidence(cause, earlier, later, share)), share)


def attribute(store: Store | None, rows: Sequence[HistoryRow], change: ChangePoint) -> Attribution:
    """Explains the run after the change by the one before it; where both have the same hashes, but a hash
    changed within the interval of the date, that change is taken. A slow move is compared from end to end.

    Without a store the answers are not looked at: the hashes tell the cause alone."""
    before, after = _sides(rows, change)
    earlier, later = rows[before], rows[after]
    found = explain(store, earlier, later)
    return Attribution(found.cause, found.evidence, found.changed_share, earlier, later)


def _sides(rows: Sequence[HistoryRow], change: ChangePoint) -> tuple[int, int]:
    """The last run of the old state and the first of the new one: of a step the nearest with other hashes
    inside the interval, else the estimate."""
    if change.kind == "trend":
        return change.earliest, change.latest
    first, last = max(1, change.earliest), min(len(rows) - 1, change.latest)
    moved = [at for at in range(first, last + 1) if _identity(rows[at]) != _identity(rows[at - 1])]
    at = min(moved, key=lambda at: abs(at - change.start)) if moved else max(1, change.start)
    return at - 1, at


def _identity(row: HistoryRow) -> tuple[str | None, ...]:
    return row.prompt_hash, row.task_hash, row.dataset_hash, row.model_revision


def _cause(earlier: Identified, later: Identified) -> Cause:
    if earlier.dataset_hash != later.dataset_hash:
        return "data"
    if earlier.task_hash != later.task_hash:
        return "task"
    return "prompt" if earlier.prompt_hash != later.prompt_hash else "model"


def _evidence(cause: Cause, earlier: Identified, later: Identified, share: float | None) -> list[str]:
    found = []
    if cause == "model":
        found.append("prompt, task and data are the same")
    if cause == "prompt":
        before, after = earlier.prompt_hash[:8], later.prompt_hash[:8]
        found.append(f"task and data are the same, the prompt is {after} instead of {before}")
    if cause == "task":
        found.append("the task file changed what is computed")
    if cause == "data":
        found.append("the samples are others")
        if earlier.task_hash != later.task_hash:
            found.append("so is what is computed of them")
    if earlier.model != later.model:
        found.append(f"the model is {later.model} instead of {earlier.model}")
    elif earlier.model_revision != later.model_revision:
        found.append(f"the model's revision went from {_named(earlier)} to {_named(later)}")
    elif cause == "model":
        found.append(f"the model reports no other revision ({_named(later)})")
    if share is not None:
        found.append(f"{share:.0%} of the answers differ")
    return found


def _named(row: Identified) -> str:
    return row.model_revision or "none"
