"""The rows that a page draws, as JSON: in one piece where they are few, else compressed and in blocks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.text import inert_json as by_number
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.payload_blocks import BLOCK_ROWS, blocks, compressed, packed, parted
from evalkit.report.payload_columns import evaluation, usage
from evalkit.report.selection import Selection, select

#: Bound on the payload inside the file, and on the characters of all its texts, which the tab must hold.
MAX_BYTES = 38_000_000
MAX_CHARS = 160_000_000

#: JSON above this size is compressed, its long texts in blocks.
MAX_PLAIN_BYTES = 150_000

#: Of a row, the first first: how it changed, and where it did not how it did.
_OUTCOMES = ("error", "loss", "win", "fail", "partial", "unscored", "pass")

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


@frozen(slots=True)
class Payload:
    """``text`` and ``blocks`` are safe inside a ``<script>`` of a type that is not run.

    Attributes:
        note: what is left out, in words.
        blocks: the long texts of rows, apart; each compressed by itself.
    """

    text: str
    is_compressed: bool
    note: str
    blocks: tuple[str, ...] = ()


def pack(data: ReportData, *, max_bytes: int = MAX_BYTES, max_chars: int = MAX_CHARS) -> Payload:
    """All rows, or as many as fit in ``max_bytes`` (those that changed or failed first)."""
    while True:
        selection = select(data, max_chars)
        if selection.n_chars <= MAX_PLAIN_BYTES:
            raw = _dump(_told(data, _whole(data, selection)))
            if len(raw) <= min(MAX_PLAIN_BYTES, max_bytes):
                return Payload(_inert(raw), False, selection.note)
        text, texts = _in_blocks(data, selection)
        n_bytes = len(text) + sum(map(len, texts))
        if n_bytes <= max_bytes or max_chars < 10_000:
            return Payload(text, True, selection.note, tuple(texts))
        used = min(max_chars, selection.n_chars)
        max_chars = int(used * min(0.9 * max_bytes / n_bytes, 0.9))


def _told(data: ReportData, evaluations: list[dict[str, Any]]) -> dict[str, Any]:
    images = {
        sha256: (each.name or each.media_type, each.media_type, base64.b64encode(each.data).decode())
        for sha256, each in data.images.items()
    }
    return {"usage": usage(), "evaluations": evaluations, "media": images}


def _whole(data: ReportData, selection: Selection) -> list[dict[str, Any]]:
    return [
        evaluation(item, range(len(item.observations)) if rows is None else rows, selection.clip)
        for item, rows in zip(data.evaluations, selection.rows, strict=True)
    ]


def _in_blocks(data: ReportData, selection: Selection) -> tuple[str, list[str]]:
    """What the page reads at once, and the long texts of its rows; both compressed."""
    found, long = [], []
    n_blocks = 0
    for item, rows in zip(data.evaluations, selection.rows, strict=True):
        told = evaluation(item, _worst_first(item, rows), selection.clip)
        told["columns"], later = parted(told["columns"])
        told["block"], told["block_rows"], told["long"] = n_blocks, BLOCK_ROWS, list(later)
        if later:
            n_blocks += -(-told["n"] // BLOCK_ROWS)
            long.append((later, told["n"]))
        found.append(told)
    raw = (_dump(each) for columns, n in long for each in blocks(columns, n))
    return packed(_dump(_told(data, found))), compressed(raw)


def _worst_first(item: EvaluationData, rows: Sequence[int] | None) -> list[int]:
    """In the order in which a page shows them, so that its first rows stand in the first block."""
    changes = item.pair.changes if item.pair is not None else item.statuses
    ranks = [
        _OUTCOMES.index(change if change in _OUTCOMES[:3] else status)
        for change, status in zip(changes, item.statuses, strict=True)
    ]
    return sorted(range(len(ranks)) if rows is None else rows, key=ranks.__getitem__)


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
