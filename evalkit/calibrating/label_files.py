"""Labels and judgements in files: JSON Lines or CSV, one row each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from evalkit.calibrating.labelled import Labelled, Labels, Opinion
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.core.judgement import Judgement
from evalkit.core.text import seen
from evalkit.errors import UsageError, did_you_mean
from evalkit.files.border import told_as
from evalkit.files.reading import open_text

#: Who said it, where a file does not tell.
PEOPLE = "people"
#: What stands for a response that somebody passed over.
_SKIPPED = (None, "", "skip")

_COLUMNS = (
    "sample_id", "output", "label", "labels", "values", "reviewer", "model", "subject", "opponent",
    "opponent_model", "inclusion_probability", "input", "target",
)  # fmt: skip
_OF_JUDGEMENT = (
    "sample_id", "output", "opponent", "verdict", "value", "values", "probability", "round", "order", "judge",
    "judge_revision", "error",
)  # fmt: skip


def read_labels(path: Path, standard: Standard) -> Labels:
    """Each row is one response with one label, or with ``labels`` of several reviewers; rows of the same
    response are put together.

    Raises UsageError with file, line and column on what cannot be read.
    """
    found: dict[tuple[str, str, str | None], Labelled] = {}
    n_skipped = 0
    for where, row in _rows(path, _COLUMNS):
        response, skipped = _labelled(row, standard, where)
        n_skipped += skipped
        first = found.setdefault(response.key, response)
        if first is not response:
            found[response.key] = _together(first, response)
    kept = [each for each in found.values() if each.labels or each.criteria]
    if not kept:
        raise UsageError("holds no label", where=str(path), hint="give each row sample_id, output and label")
    return Labels(kept, path.name, n_skipped)


def read_judgements(path: Path, scale: Scale) -> Mapping[tuple[str, str | None], list[Judgement]]:
    """Judgements that were made elsewhere, by sample and output (None where a row names no output)."""
    found: dict[tuple[str, str | None], list[Judgement]] = {}
    for where, row in _rows(path, _OF_JUDGEMENT):
        key = _text(row, "sample_id", where), _maybe(row, "output", where)
        found.setdefault(key, []).append(_judgement(row, scale, where))
    return found


def recorded_opinions(
    labels: Labels, judgements: Mapping[tuple[str, str | None], Sequence[Judgement]]
) -> list[Opinion]:
    """What was said of each labelled response, the mean over rounds, orders and judges; a response that
    nobody judged is an error."""
    opinions = []
    for each in labels.responses:
        its = judgements.get((each.sample_id, each.output)) or judgements.get((each.sample_id, None)) or ()
        opinions.append(opinion_of(its))
    return opinions


def opinion_of(judgements: Sequence[Judgement]) -> Opinion:
    """The mean of those that succeeded."""
    values = [each.value for each in judgements if each.value is not None]
    if values:
        return Opinion(sum(values) / len(values), judgements)
    error = next((each.error for each in judgements if each.error), "was not judged")
    return Opinion(None, judgements, error=error)


def _labelled(row: Mapping[str, Any], standard: Standard, where: str) -> tuple[Labelled, int]:
    """The response of a row, and how many of its labels were skipped."""
    reviewer = _maybe(row, "reviewer", where) or PEOPLE
    given: dict[str, Any] = {}
    if "label" in row:
        given[reviewer] = row["label"]
    given |= _by_reviewer(row.get("labels"), where)
    criteria = _criteria(row, standard, where)
    if not given and not criteria:
        raise UsageError("has neither label nor labels", where=where, hint="give it 'label': 'pass'")
    said = {name: _value(standard.main, each, where) for name, each in given.items() if each not in _SKIPPED}
    n_skipped = len(given) - len(said)
    overall = standard.overall(criteria)
    if overall is not None:
        said.setdefault(reviewer, overall)
    extra = {key: row[key] for key in ("input", "target") if row.get(key) is not None}
    response = Labelled(
        sample_id=_text(row, "sample_id", where),
        output=_text(row, "output", where),
        labels=said,
        criteria={name: {reviewer: each} for name, each in criteria.items()},
        model=_maybe(row, "model", where) or _maybe(row, "subject", where),
        opponent=_maybe(row, "opponent", where),
        opponent_model=_maybe(row, "opponent_model", where),
        weight=1 / _probability(row.get("inclusion_probability"), where),
        row=extra or None,
        where=where,
    )
    return response, n_skipped


def _criteria(row: Mapping[str, Any], standard: Standard, where: str) -> dict[str, float]:
    """``values``: what was said of each criterion."""
    given = _mapping(row.get("values"), "values", where)
    for name in given:
        if name not in standard.criteria:
            hint = did_you_mean(str(name), standard.criteria)
            raise UsageError(f"values names {seen(name)}, which is not a criterion", where=where, hint=hint)
    return {
        name: _value(standard.criteria[name], each, where)
        for name, each in given.items()
        if each not in _SKIPPED
    }


def _together(first: Labelled, second: Labelled) -> Labelled:
    """Two rows of one response. Raises UsageError where one reviewer said two things."""
    both = first.labels.keys() & second.labels.keys()
    if any(first.labels[name] != second.labels[name] for name in both):
        name = next(iter(both))
        what = f"{name} gave the response of sample {first.sample_id!r} another label in {first.where}"
        raise UsageError(what, where=second.where, hint="keep one of the two")
    return first.with_labels_of(second)


def _judgement(row: Mapping[str, Any], scale: Scale, where: str) -> Judgement:
    error = _maybe(row, "error", where)
    verdict = row.get("verdict")
    value = None
    if error is None:
        given = verdict if verdict not in _SKIPPED else row.get("value")
        if given in _SKIPPED:
            hint = "give it 'verdict': 'yes', or 'error'"
            raise UsageError("has neither verdict nor value nor error", where=where, hint=hint)
        value = _value(scale, given, where)
        verdict = scale.name_of(value)
    return Judgement(
        "judge",
        _maybe(row, "judge", where) or "recorded",
        _maybe(row, "judge_revision", where),
        int(_number(row.get("round"), 0.0, "round", where)),
        _maybe(row, "order", where),
        verdict if error is None else None,
        value,
        probability=None if row.get("probability") in _SKIPPED else _share(row, "probability", where),
        error=error,
    )


def _rows(path: Path, known: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """File and line, and the row there."""
    is_csv = path.suffix.lower() == ".csv"
    with (
        told_as(UsageError, str(path), "cannot be read"),
        open_text(path, "utf-8-sig", newline="") as stream,
    ):
        for line, row in _csv(stream) if is_csv else _json_lines(stream, path):
            where = f"{path}:{line}"
            for name in row:
                if name not in known:
                    hint = did_you_mean(str(name), known)
                    raise UsageError(f"column {seen(name)} is unknown", where=where, hint=hint)
            yield where, row


def _csv(stream: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(stream, restkey="(beyond the header)")
    for row in reader:
        yield reader.line_num, {name: value for name, value in row.items() if value is not None}


def _json_lines(stream: Any, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        try:
            row = orjson.loads(text)
        except ValueError as error:
            raise UsageError(f"is not JSON: {error}", where=f"{path}:{number}") from None
        if not isinstance(row, dict):
            raise UsageError("is not an object", where=f"{path}:{number}", hint='write {"sample_id": …}')
        yield number, row


def _value(scale: Scale, label: Any, where: str) -> float:
    try:
        return scale.value_of(label)
    except ValueError as error:
        raise UsageError(str(error), where=where) from None


def _by_reviewer(value: Any, where: str) -> dict[str, Any]:
    """``labels``: a mapping of reviewers, or a list, whose people are numbered."""
    if isinstance(value, list):
        return {f"reviewer {place}": each for place, each in enumerate(value, start=1)}
    return dict(_mapping(value, "labels", where))


def _mapping(value: Any, name: str, where: str) -> Mapping[str, Any]:
    if value is None or value == "":
        return {}
    if isinstance(value, str):  # of a CSV file
        try:
            value = orjson.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise UsageError(f"{name} is not an object", where=where)
    return value


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and name == "sample_id":
        return str(value)
    if not isinstance(value, str) or (not value and name == "sample_id"):
        raise UsageError(f"{name} {seen(value)} is not a text", where=where, hint=f"give each row {name}")
    return value


def _maybe(row: Mapping[str, Any], name: str, where: str) -> str | None:
    return None if row.get(name) in (None, "") else _text(row, name, where)


def _probability(value: Any, where: str) -> float:
    number = _number(value, 1.0, "inclusion_probability", where)
    if not 0 < number <= 1:
        raise UsageError(f"inclusion_probability {number:g} is not in (0, 1]", where=where)
    return number


def _share(row: Mapping[str, Any], name: str, where: str) -> float:
    number = _number(row.get(name), 0.0, name, where)
    if not 0 <= number <= 1:
        raise UsageError(f"{name} {number:g} is not in 0..1", where=where)
    return number


def _number(value: Any, default: float, name: str, where: str) -> float:
    if value in (None, ""):
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name} {seen(value)} is not a number", where=where) from None
