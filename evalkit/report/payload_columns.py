"""The rows of one evaluation as columns: what a page shows of them, and what its filters ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.response import KINDS, TITLES, Response
from evalkit.core.response_kinds import AMOUNT, COUNT, FLAG, TEXT, ValueKind
from evalkit.core.slices import TAGS, shown_by
from evalkit.report.data import EvaluationData, Pair
from evalkit.report.frame import Frame
from evalkit.report.wording import baseline_label

#: Fields of a Response that no page shows: they stand in the store.
_UNTOLD = ("created_at", "choice_tokens", "model_revision")

#: Kind of a field -> how a page writes it.
_FORMATS = {COUNT: "count", FLAG: "flag", TEXT: "text"}

#: A value as a page shows it; never called with None.
Form = Callable[[Any], Any]


def usage() -> list[tuple[str, str, str]]:
    """Title, field and format of each column in a table of usage."""
    return [(title, name, _format(name)) for name, title in TITLES.items()]


def _format(name: str) -> str:
    if KINDS[name] is AMOUNT:
        return "usd" if name.endswith("_usd") else "seconds"
    return _FORMATS[KINDS[name]]


def evaluation(item: EvaluationData, rows: Sequence[int], clip: int | None) -> dict[str, Any]:
    """Names, frames and columns; of ``rows`` alone, texts cut after ``clip`` characters."""
    observations = item.observations
    columns: dict[str, Any] = {
        "id": [observations.sample_ids[row] for row in rows],
        "status": [item.statuses[row] for row in rows],
        "target": _column([observations.targets[row] for row in rows]),
        **_responses(observations.responses, rows, clip, item.frame),
        "scores": _scores(observations, rows, clip),
    }
    columns.update(_groups(item, rows))
    if item.pair is not None:
        columns["change"] = [item.pair.changes[row] for row in rows]
        columns["base"] = _base(item.pair, observations, item.frame, rows, clip)
    return {
        "task": item.task,
        "subject": item.label,
        "frame": _frame(item.frame, clip),
        "base_frame": _frame(item.pair.frame, clip) if item.pair else None,
        "baseline": baseline_label(item, item.pair) if item.pair else None,
        "scorer": item.scorer,
        "labels": observations.labels,
        "n": len(rows),
        "columns": {name: column for name, column in columns.items() if column},
    }


def _groups(item: EvaluationData, rows: Sequence[int]) -> dict[str, Any]:
    """``tags``: for each row its list; ``slices``: field of the dataset's rows -> for each row its value."""
    ids = [item.observations.sample_ids[row] for row in rows]
    columns = {shown_by(by): [_cell(values.get(each)) for each in ids] for by, values in item.groups.items()}
    return {"tags": _column(columns.pop(TAGS, [])), "slices": columns}


def _cell(values: Sequence[str] | None) -> str | Sequence[str] | None:
    """Most rows have one value: it stands alone."""
    return values[0] if values and len(values) == 1 else values or None


def _frame(frame: Frame, clip: int | None) -> list[str | None] | None:
    return [_clipped(frame.before, clip), _clipped(frame.after, clip)] if len(frame) else None


def _base(
    pair: Pair, candidate: Observations, frame: Frame, rows: Sequence[int], clip: int | None
) -> dict[str, Any]:
    """The baseline's answers, and its inputs where the samples' own parts differ."""
    partners = [pair.rows[row] for row in rows]
    base = pair.observations.responses
    columns: dict[str, Any] = {**_responses(base, partners, clip, pair.frame)}
    inputs = _other_inputs(pair, candidate, frame, zip(rows, partners, strict=True))
    columns["input"] = [_clipped(text, clip) for text in inputs] if any(inputs) else None
    columns["scores"] = _scores(pair.observations, partners, clip)
    return {name: column for name, column in columns.items() if column}


def _other_inputs(
    pair: Pair, candidate: Observations, frame: Frame, places: Iterable[tuple[int, int | None]]
) -> list[str | None]:
    """For each row of the candidate and of the baseline the baseline's own part, where it is another one."""
    mine, theirs = (column_of(each.responses, "input") for each in (candidate, pair.observations))
    if frame == pair.frame:  # then the parts are the same where the texts are
        return [
            None if partner is None or theirs[partner] == mine[row] else frame.inner(theirs[partner])
            for row, partner in places
        ]
    parts = [
        (frame.inner(mine[row]), None if partner is None else pair.frame.inner(theirs[partner]))
        for row, partner in places
    ]
    return [their if their != my else None for my, their in parts]


def _responses(
    responses: Sequence[Response], rows: Sequence[int | None], clip: int | None, frame: Frame
) -> dict[str, list[Any] | None]:
    clipped = _clip(clip)
    inner = frame.inner if len(frame) else None
    return _columns(responses, rows, {
        "repeat": lambda repeat: repeat or None,
        "input": _both(inner, clipped),
        "output": clipped,
        "error": clipped,
        **{name: _form(name, kind, clipped) for name, kind in KINDS.items() if name not in _UNTOLD},
    })  # fmt: skip


def _clip(clip: int | None) -> Form | None:
    """Cuts a text; None where nothing is cut."""
    return None if clip is None else partial(_clipped, clip=clip)


def _both(first: Form | None, then: Form | None) -> Form | None:
    if first is None or then is None:
        return first or then
    return lambda value: then(first(value))


def _form(name: str, kind: ValueKind, clipped: Form | None) -> Form | None:
    """How a field of a Response is shown: texts clipped, seconds to the microsecond, no for nothing."""
    if kind is TEXT:
        return clipped
    if kind is AMOUNT and name.endswith("_s"):
        return lambda seconds: round(seconds, 6)
    if kind is FLAG:
        return lambda flag: flag or None
    return kind.pack


def _scores(
    observations: Observations, rows: Sequence[int | None], clip: int | None
) -> dict[str, dict[str, list[Any]]]:
    clipped = _clip(clip)
    forms = {"value": None, "values": None, "answer": clipped, "explanation": clipped, "error": clipped}
    found = {}
    for scorer, scores in observations.scores.items():
        columns = _columns(scores, rows, forms)
        found[scorer] = {name: column for name, column in columns.items() if column}
    return found


def _columns(
    things: Sequence[Any], rows: Sequence[int | None], forms: Mapping[str, Form | None]
) -> dict[str, list[Any] | None]:
    """Of each field one value for each row, in the form that it is shown in."""
    columns: dict[str, list[Any] | None] = {}
    has_gaps = None in rows
    for name, form in forms.items():
        values = column_of(things, name)
        if _is_empty(values):
            columns[name] = None
        elif has_gaps:
            columns[name] = _column([None if row is None else values[row] for row in rows], form)
        else:
            columns[name] = _column(list(map(values.__getitem__, cast(Sequence[int], rows))), form)
    return columns


def _column(values: list[Any], form: Form | None = None) -> list[Any] | None:
    """What stands in a column; None instead of one that holds nothing, as most do."""
    if form is not None and not _is_empty(values):
        values = [None if value is None else form(value) for value in values]
    return None if _is_empty(values) else values


def _is_empty(values: Sequence[Any]) -> bool:
    return values.count(None) == len(values)


def _clipped(text: str | None, clip: int | None) -> str | None:
    if clip is None or text is None or len(text) <= clip:
        return text
    return f"{text[:clip]}… [{len(text) - clip:,} more characters]"
