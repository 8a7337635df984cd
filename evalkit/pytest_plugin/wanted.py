"""What a test item waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.core.gate import Gate
from evalkit.core.subject import Subject
from evalkit.core.task import Task

Kind = Literal["gate", "sample", "task"]


@dataclass(frozen=True)
class Wanted:
    """One test item: a gate of Task x Subject, one asserted Sample of it, or that it was evaluated at all."""

    node_id: str
    task: Task
    subject: Subject
    kind: Kind
    gate: Gate | None = None
    sample_id: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Task name and subject label: all items with one key share one evaluation."""
        return self.task.task, self.subject.label
