"""What differs between the sides of ``evalkit compare`` beside the numbers: model, prompt, task or data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalkit.cli.printing import cell_text
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.drift.cause import Explanation, explain
from evalkit.store.store import Store

Pairs = Sequence[tuple[Evaluation, Evaluation]]


@dataclass(frozen=True)
class Identity:
    """An evaluation as ``explain`` reads it."""

    evaluation_id: str
    model: str
    model_revision: str | None
    prompt_hash: str
    task_hash: str
    dataset_hash: str

    @classmethod
    def of(cls, evaluation: Evaluation) -> Identity:
        subject = evaluation.subject
        return cls(
            evaluation.evaluation_id, subject.model, subject.model_revision, subject.prompt_hash,
            evaluation.task_hash, evaluation.dataset_hash,
        )  # fmt: skip


def explained(store: Store, pairs: Pairs) -> list[Explanation]:
    """One for each pair, in their order."""
    return [explain(store, Identity.of(base), Identity.of(candidate)) for base, candidate in pairs]


def moved_lines(pairs: Pairs, explanations: Sequence[Explanation]) -> Iterator[str]:
    """A line for each thing that was seen of a task; tasks of which the same was seen share one. Nothing of
    two sides that are the same to the last answer."""
    tasks: dict[str, list[str]] = {}
    for (base, candidate), each in zip(pairs, explanations, strict=True):
        if not _is_same(base, candidate, each):
            tasks.setdefault(f"{each.cause}: {'; '.join(each.evidence)}", []).append(candidate.task)
    for text, names in tasks.items():
        where = ", ".join(dict.fromkeys(names)) if len(names) <= 3 else plural(len(names), "task")
        yield cell_text(f"{where}: {text}")


def moved_objects(pairs: Pairs, explanations: Sequence[Explanation]) -> list[dict[str, Any]]:
    """The same for ``--json``, one for each pair."""
    return [
        {"task": candidate.task, "subject": candidate.subject.label, **asdict(each)}
        for (_, candidate), each in zip(pairs, explanations, strict=True)
    ]


def _is_same(base: Evaluation, candidate: Evaluation, found: Explanation) -> bool:
    is_identified = base.subject == candidate.subject and (base.task_hash, base.dataset_hash) == (
        candidate.task_hash,
        candidate.dataset_hash,
    )
    return is_identified and found.changed_share in (None, 0.0)
