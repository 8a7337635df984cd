"""Why a metric moved: the prompt, the task, the data or the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.stats.changepoint import ChangePoint
from evalkit.store.history import HistoryRow
from evalkit.store.store import Store

Cause = Literal["prompt", "task", "data", "model"]


@dataclass(frozen=True)
class Attribution:
    """Attributes:
    cause: what changed while everything else stayed.
    evidence: sentences, each with what was seen.
    earlier, later: the runs on either side of the change.
    changed_share: of the answers of these two runs, the share that differs; None where nothing is shared.
    """

    cause: Cause
    evidence: tuple[str, ...]
    earlier: HistoryRow
    later: HistoryRow
    changed_share: float | None


def attribute(store: Store, rows: list[HistoryRow], change: ChangePoint) -> Attribution:
    """Compares the run before the change with the one after it; where both have the same hashes, but a hash
    changed within the interval of the date, that change is taken. A slow move is compared from end to end.

    Same prompt, task and data but other answers: the model moved. Same model and another prompt: the prompt
    did. Else the task or its data did.
    """
    before, after = _sides(rows, change)
    earlier, later = rows[before], rows[after]
    share = store.changed_share(earlier.evaluation_id, later.evaluation_id)
    cause = _cause(earlier, later)
    return Attribution(cause, tuple(_evidence(cause, earlier, later, share)), earlier, later, share)


def _sides(rows: list[HistoryRow], change: ChangePoint) -> tuple[int, int]:
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


def _cause(earlier: HistoryRow, later: HistoryRow) -> Cause:
    if earlier.dataset_hash != later.dataset_hash:
        return "data"
    if earlier.task_hash != later.task_hash:
        return "task"
    return "prompt" if earlier.prompt_hash != later.prompt_hash else "model"


def _evidence(cause: Cause, earlier: HistoryRow, later: HistoryRow, share: float | None) -> list[str]:
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
    if earlier.model_revision != later.model_revision:
        found.append(f"the model's revision went from {_named(earlier)} to {_named(later)}")
    elif cause == "model":
        found.append(f"the model reports no other revision ({_named(later)})")
    if share is not None:
        found.append(f"{share:.0%} of the answers differ")
    return found


def _named(row: HistoryRow) -> str:
    return row.model_revision or "none"
