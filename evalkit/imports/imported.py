"""What every format is read into, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import DEFAULT_PROMPT


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of the origin with what the origin's scorers said of it.

    Attributes:
        sample: its ``input`` is what tells samples apart, whatever prompt was put around it.
        response: its ``input`` is the text that was sent.
        scores: of names without blanks, each at most once.
    """

    sample: Sample
    response: Response
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """How the origin scored.

    Attributes:
        signature: names tool, scorer and settings, as ``lm-eval:acc,none|v1.0``.
        is_share: whether the origin says that values lie in 0..1.
    """

    signature: str
    is_higher_better: bool = True
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number over a whole evaluation as the origin reports it.

    Attributes:
        stderr: its standard error, None where the origin gives none.
        n: responses behind it, None where unknown.
    """

    name: str
    value: float
    scale: Scale
    stderr: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What the origin tested. ``params`` are only those that change answers, never a secret."""

    model: str
    revision: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    prompt: str = DEFAULT_PROMPT
    prompt_text: str = ""


@dataclass(frozen=True, slots=True)
class ImportedEvaluation:
    """One task with one subject.

    Attributes:
        settings: what changes the numbers of the task beside its name (version, examples shown).
        data: what tells the dataset apart where there are no answers to tell it by.
        scales: scorer name to how it scored, for each scorer of the answers.
        figures: what the origin reports over all answers.
        n_samples: samples asked for where there are no answers.
    """

    task: str
    subject: Subject
    settings: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[Answer] = ()
    scales: Mapping[str, Scale] = field(default_factory=dict)
    figures: Sequence[Figure] = ()
    labels: tuple[str, ...] | None = None
    n_samples: int = 0


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """One file (or folder) of the origin.

    Attributes:
        files: what it was read from, the one that was named first; their bytes give the run its id.
        started_at, finished_at: seconds since the epoch.
        is_partial: the origin was told to leave samples out, or did not come to its end.
        is_finished: whether the origin came to its end.
    """

    files: tuple[Path, ...]
    started_at: float
    finished_at: float | None
    evaluations: tuple[ImportedEvaluation, ...]
    is_partial: bool = False
    is_finished: bool = True
