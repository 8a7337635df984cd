"""Ids and hashes of what is imported: the same origin gives the same ones, today and after a year."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.canonical import canonical_json
from evalkit.imports.imported import Answer, ImportedEvaluation, Subject
from evalkit.imports.reading import read_bytes


def run_id(format_name: str, files: Sequence[Path]) -> str:
    """``lm-eval-0f3a…``: by the bytes of the files alone, so that it is known when it comes again."""
    digest = hashlib.sha256()
    for data in sorted(hashlib.sha256(read_bytes(path)).digest() for path in files):
        digest.update(data)
    return f"{format_name}-{digest.hexdigest()[:12]}"


def task_hash(format_name: str, evaluation: ImportedEvaluation) -> str:
    """By the origin, the name of its task and what it says of the task's version."""
    return short_hash([format_name, evaluation.task, dict(evaluation.settings)])


def dataset_hash(format_name: str, evaluation: ImportedEvaluation) -> str:
    """By the samples, in any order; without answers by what the origin says of its data."""
    if not evaluation.answers:
        return short_hash([format_name, evaluation.task, dict(evaluation.settings), dict(evaluation.data)])
    return short_hash(sorted(_samples(evaluation.answers)))


def subject_id(subject: Subject) -> str:
    """By all that a subject consists of."""
    return short_hash(
        [subject.model, subject.revision, dict(subject.params), subject.prompt, prompt_hash(subject)]
    )


def prompt_hash(subject: Subject) -> str:
    """First 16 hex digits of the SHA-256 of the text."""
    return hashlib.sha256(subject.prompt_text.encode()).hexdigest()[:16]


def short_hash(value: Any) -> str:
    """16 hex digits over the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value)).hexdigest()[:16]


def _samples(answers: Iterable[Answer]) -> set[str]:
    return {short_hash([each.sample.id, each.sample.input, each.sample.target]) for each in answers}
