"""Names that task files had before this release: read once more, and each use says what to write."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from evalkit.core.text import inert

#: Key of a task -> what it is called now.
KEYS: Mapping[str, str] = {"preamble": "description", "choice_delimiter": "target_delimiter"}
#: Name of a metric -> what it is called now.
METRICS: Mapping[str, str] = {"of_answer": "on_extracted_answer"}

_said: dict[str | tuple[str, type[Warning], int], int] = {}


def current_metric(name: str) -> str:
    """``of_answer:bleu`` -> ``on_extracted_answer:bleu``; any other name as it is."""
    base, colon, variant = name.partition(":")
    return f"{METRICS.get(base, base)}{colon}{variant}"


def current_label(label: str) -> str:
    """As ``current_metric``, of a label of the store, parameters included."""
    name, bracket, parameters = label.partition("(")
    return f"{current_metric(name)}{bracket}{parameters}"


def say_renamed(what: str, source: Path | None = None, line: int | None = None) -> None:
    """One warning at the place where an old name stands; where no file is known, at the caller of Task."""
    if source is None:
        warnings.warn(inert(what), FutureWarning, stacklevel=5)
        return
    warnings.warn_explicit(
        inert(what), FutureWarning, str(source), line or 1, module="evalkit", registry=_said
    )
