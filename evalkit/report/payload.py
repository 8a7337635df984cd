"""The rows that a page draws, as columns of JSON, compressed when large."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.response import KINDS, TITLES, Response
from evalkit.core.response_kinds import AMOUNT, COUNT, FLAG, TEXT, ValueKind
from evalkit.core.text import inert_json as by_number
from evalkit.report.data import EvaluationData, Pair, ReportData
from evalkit.report.frame import Frame
from evalkit.report.selection import Selection, select
from evalkit.report.wording import baseline_label

#: Bound on the payload inside the file, and on its JSON, which the browser must hold.
MAX_BYTES = 24_000_000
MAX_CHARS = 64_000_000

#: JSON above this size is compressed.
MAX_PLAIN_BYTES = 150_000

#: Fields of a Response that no page shows: they stand in the store.
_UNTOLD = ("created_at", "choice_tokens", "model_revision", "media")

#: Kind of a field -> how a page writes it.
_FORMATS = {COUNT: "count", FLAG: "flag", TEXT: "text"}

#: A value as a page shows it; never called with None.
Form = Callable[[Any], Any]

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


@frozen(slots=True)
class Payload:
    """``text`` is safe inside a ``<script>`` of a type that is not run. ``note`` says what is left out."""

    text: str
    is_compressed: bool
    note: str


def pack(data: ReportData, *, max_bytes: int = MAX_BYTES, max_chars: int = MAX_CHARS) -> Payload:
    """All rows, or as many as fit in ``max_bytes`` (those that changed or failed first)."""
    while True:
        selection = select(data, max_chars)
        raw = _dump({"usage": _usage(), "evaluations": _evaluations(data, selection)})
        if len(raw) <= min(MAX_PLAIN_BYTES, max_bytes):
            return Payload(_inert(raw), False, selection.note)
        packed = base64.b64encode(gzip.compress(raw, compresslevel=3, mtime=0))
        if len(packed) <= max_bytes or max_chars < 10_000:
            return Payload(packed.decode(), True, selection.note)
        used = min(max_chars, len(raw))
        max_chars = int(used * min(0.9 * max_bytes / len(packed), 0.9))


def _usage() -> list[tuple[str, str, str]]:
    """Title, field and format of each column in a table of usage."""
    return [(title, name, _format(name)) for name, title in TITLES.items()]


def _format(name: str) -> str:
    if KINDS[name] is AMOUNT:
        return "usd" if name.endswith("_usd") else "seconds"
    return _FORMATS[KINDS[name]]


def text_of(value: Any) -> str:
    """A target as text: a string as it is, a list of strings with bars between, any other value as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return " | ".join(value)
    return _dump(value).decode()


def inert_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in, whatever its texts hold."""
    return _inert(_dump(value))


def _inert(raw: bytes) -> str:
    return by_number(raw.replace(b"<", b"\\u003c").decode())


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_mended(value), default=str, option=_OPTIONS)


def _mended(value: Any) -> Any:
    """Lone surrogates replaced and over-long integers written as text: neither exists in strict JSON."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(str(key)): _mended(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(entry) for entry in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        return str(value)
    return value


def _evaluations(data: ReportData, selection: Selection) -> list[dict[str, Any]]:
    return [
        _evaluation(item, range(len(item.observations)) if rows is None else rows, selection.clip)
        for item, rows in zip(data.evaluations, selection.rows, strict=True)
    ]


def _evaluation(item: EvaluationData, rows: Sequence[int], clip: int | None) -> dict[str, Any]:
    observations = item.observations
    columns: dict[str, Any] = {
        "id": [observations.sample_ids[row] for row in rows],
        "status": [item.statuses[row] for row in rows],
        "target": _column([observations.targets[row] for row in rows]),
        **_responses(observations.responses, rows, clip, item.frame),
        "scores": _scores(observations, rows, clip),
    }
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


def _frame(frame: Frame, clip: int | None) -> list[str | None] | None:
    return [_clipped(frame.before, clip), _clipped(frame.after, clip)] if len(frame) else None


def _base(
    pair: Pair, candidate: Observations, frame: Frame, rows: Sequence[int], clip: int | None
) -> dict[str, Any]:
    """The baseline's answers, and its inputs where the samples' own parts differ."""
    partners = [pair.rows[row] for row in rows]
    base = pair.observations.responses
    columns: dict[str, Any] = {**_responses(base, partners, clip, pair.frame)}
    mine = (frame.inner(candidate.responses[row].input) for row in rows)
    theirs = (None if partner is None else pair.frame.inner(base[partner].input) for partner in partners)
    inputs = [their if their != my else None for their, my in zip(theirs, mine, strict=True)]
    columns["input"] = [_clipped(text, clip) for text in inputs] if any(inputs) else None
    columns["scores"] = _scores(pair.observations, partners, clip)
    return {name: column for name, column in columns.items() if column}


def _responses(
    responses: Sequence[Response], rows: Sequence[int | None], clip: int | None, frame: Frame
) -> dict[str, list[Any] | None]:
    clipped = partial(_clipped, clip=clip)
    return _columns(responses, rows, {
        "repeat": lambda repeat: repeat or None,
        "input": lambda text: clipped(frame.inner(text)),
        "output": clipped,
        "error": clipped,
        **{name: _form(name, kind, clipped) for name, kind in KINDS.items() if name not in _UNTOLD},
    })  # fmt: skip


def _form(name: str, kind: ValueKind, clipped: Form) -> Form | None:
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
    clipped = partial(_clipped, clip=clip)
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
    chosen = [None if row is None else things[row] for row in rows]
    columns = {}
    for name, form in forms.items():
        value = attrgetter(name)
        columns[name] = _column([None if each is None else value(each) for each in chosen], form)
    return columns


def _column(values: list[Any], form: Form | None = None) -> list[Any] | None:
    """What stands in a column; None instead of one that holds nothing, as most do."""
    if form is not None and not _is_empty(values):
        values = [None if value is None else form(value) for value in values]
    return None if _is_empty(values) else values


def _is_empty(values: list[Any]) -> bool:
    return values.count(None) == len(values)


def _clipped(text: str | None, clip: int | None) -> str | None:
    if clip is None or text is None or len(text) <= clip:
        return text
    return f"{text[:clip]}… [{len(text) - clip:,} more characters]"
