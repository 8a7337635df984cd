"""What reviewers are asked: from the words of the command, or from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.core.document import Document, read_documents
from evalkit.core.label import ReviewKind
from evalkit.core.review import ReviewQuestion
from evalkit.core.text import shown
from evalkit.errors import UsageError, did_you_mean
from evalkit.files.reading import read_text

_TEXTS: Mapping[ReviewKind, str] = {
    "pass_fail": "Is this answer good enough?",
    "rubric": "How good is this answer?",
    "pairwise": "Which answer is better?",
}
_SCALE = (1, 5)
_WIDEST = 100
_KEYS = ("question", "rubric", "criteria", "scale")
_FILE = re.compile(r"\S+\.(?:md|txt|ya?ml|json)", re.IGNORECASE)


def question_of(kind: ReviewKind, rubric: str | None = None, scale: str | None = None) -> ReviewQuestion:
    """The question of a project. Raises UsageError.

    Args:
        rubric: a text in Markdown, a file with one, or a YAML file with the keys ``question``, ``rubric``,
            ``criteria`` (name to meaning) and ``scale``.
        scale: ``LOW-HIGH``, both whole numbers.
    """
    values: Mapping[str, Any] = {"rubric": rubric}
    if rubric is not None and _is_file(rubric):
        values = _of_file(Path(rubric))
    scale = scale if scale is not None else values.get("scale")
    criteria = values.get("criteria")
    if kind != "rubric" and (scale is not None or criteria):
        raise UsageError(f"a scale and criteria are for --kind=rubric, not for {kind}")
    bounds = None if kind != "rubric" else _SCALE if scale is None else read_scale(scale)
    return ReviewQuestion(
        kind, values.get("question") or _TEXTS[kind], values.get("rubric"), criteria, bounds
    )


def read_scale(text: str) -> tuple[int, int]:
    """``1-5`` -> (1, 5). Raises UsageError."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*", text, re.ASCII)
    low, high = (int(match[1]), int(match[2])) if match else (0, 0)
    if not low < high <= low + _WIDEST:
        hint = f"--scale=1-5: two whole numbers, the lower first, at most {_WIDEST} apart"
        raise UsageError(f"{shown(text)} is not a scale", hint=hint)
    return low, high


def _is_file(rubric: str) -> bool:
    """A name that looks like a file is one, there or not; other texts are the rubric itself."""
    return _FILE.fullmatch(rubric.strip()) is not None


def _of_file(path: Path) -> Mapping[str, Any]:
    try:
        text = read_text(path)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"the rubric cannot be read: {reason}", where=str(path)) from None
    if path.suffix.lower() in (".md", ".txt"):
        return {"rubric": text}
    documents = read_documents(text, str(path), UsageError)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise UsageError("is not a mapping", where=str(path), hint=f"keys: {', '.join(_KEYS)}")
    return _checked(documents[0])


def _checked(document: Document) -> Mapping[str, Any]:
    values: dict[str, Any] = document.value
    for key, value in values.items():
        where = document.where(key)
        if key not in _KEYS:
            raise UsageError(f"{key!r} is not a key of a rubric", where=where, hint=did_you_mean(key, _KEYS))
        if key != "criteria" and not isinstance(value, str):
            raise UsageError(f"{key} is not a text: {shown(value)}", where=where)
        if key == "criteria" and not _are_criteria(value):
            what = f"criteria are not a mapping of names to meanings: {shown(value)}"
            raise UsageError(what, where=where, hint="write criteria: {clarity: is it easy to follow?}")
    return values


def _are_criteria(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(each, str) for each in value.values())
