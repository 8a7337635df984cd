"""What a test item waits for."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Literal

from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate
from evalkit.core.subject import Subject
from evalkit.core.task import Task

Kind = Literal["gate", "sample", "task"]


@frozen
class ItemSpec:
    """One test item: a gate of Task x Subject, one asserted Sample of it, or that it was evaluated at all.

    Attributes:
        node_id: how pytest calls the item; for people, as two files may bring the same one.
    """

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

    @cached_property
    def outcome_id(self) -> str:
        """Names what the item asks: its outcome, and no other, is put up under it."""
        what = self.sample_id if self.gate is None else self.gate.text
        return json.dumps([*self.key, self.kind, what])
