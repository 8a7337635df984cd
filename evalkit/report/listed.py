"""What is listed of each report: read from its first bytes once, and from then on from the index itself."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from evalkit.core.frozen import frozen
from evalkit.report.payload import inert_json

INDEX = "index.html"

#: The summary block of a report lies within its first bytes; the longest one within more.
HEAD_BYTES, MOST_HEAD_BYTES = 16_384, 1 << 20

_START, _END = b'<script type="application/json" id="evalkit-summary">', b"</script>"
_KEPT = b'<script type="application/json" id="reports" data-digest="'

#: Form of what an index keeps: one of another form is made anew from the reports.
FORM = 1


class Line(NamedTuple):
    """What values of several runs make up a line; ``is_higher_better`` is None where neither is."""

    task: str
    subject: str
    metric: str
    is_higher_better: bool | None


class Value(NamedTuple):
    """The main number of one evaluation, with the worst of its verdicts (``none`` without); ``line`` is the
    place of its Line among those of the folder."""

    line: int
    number: float
    outcome: str
    text: str


class Listed(NamedTuple):
    """One report, as ``ReportData.summary`` tells it.

    Attributes:
        values: fields of a Value each: they are many, and few are looked at.
    """

    file: str
    run_id: str
    baseline_run_id: str | None
    started_at: float | None
    status: str
    is_partial: bool
    git_commit: str | None
    git_branch: str | None
    outcome: str
    verdicts: Mapping[str, int]
    n_tasks: int
    n_responses: int
    tasks: Sequence[str]
    subjects: Sequence[str]
    values: Sequence[list[Any]]


_NONE = type(None)
#: What a summary may hold, in the order of Listed: it is a file that anybody may have put there.
_TYPES: tuple[tuple[type, ...], ...] = (
    (str,), (str,), (str, _NONE), (int, float, _NONE), (str,), (bool,), (str, _NONE), (str, _NONE), (str,),
    (dict,), (int,), (int,), (list,), (list,), (list,),
)  # fmt: skip
#: Of one value of a summary, as ``main_values`` tells it.
_VALUE: tuple[tuple[type, ...], ...] = (
    (str,), (str,), (str,), (int, float), (bool, _NONE), (str,), (str,),
)  # fmt: skip

#: When a file was written and its size: it is read again when one of them changed.
Stamp = Sequence[int]
Found = Mapping[str, tuple[Stamp, Listed | None]]


@frozen(slots=True)
class Known:
    """Attributes:
    pages: file name to its stamp and what is listed of it, None for a page that is not a report.
    lines: of the values of all reports, each with its place.
    """

    pages: Found
    lines: Mapping[Line, int]

    @property
    def newest_first(self) -> list[Listed]:
        """The reports."""
        found = [listed for _, listed in self.pages.values() if listed is not None]
        return sorted(found, key=lambda each: (each.started_at or 0, each.file), reverse=True)

    def kept(self) -> tuple[str, str]:
        """As the index holds it, JSON that is safe in a script element, and its digest."""
        reports = self.newest_first
        told = {
            "form": FORM,
            "fields": Listed._fields,
            "lines": list(map(list, self.lines)),
            "reports": list(map(list, reports)),
            "stamps": [self.pages[each.file][0] for each in reports],
            # They need not be looked into again.
            "others": {name: stamp for name, (stamp, listed) in self.pages.items() if listed is None},
        }
        text = inert_json(told)
        return text, _digest(text.encode("utf-8", "surrogatepass"))


def known_of(folder: Path) -> Known:
    """Every page of ``folder``: those that the index has as they are from it, the others from their files."""
    kept = _kept(folder / INDEX)
    pages, lines = {}, dict(kept.lines)
    for name, stamp in stamps_of(folder).items():
        before = kept.pages.get(name)
        is_same = before is not None and before[0] == stamp
        pages[name] = before if before is not None and is_same else (stamp, _read(folder / name, lines))
    return Known(pages, lines)


def stamps_of(folder: Path) -> dict[str, Stamp]:
    """The pages of a folder but its index, with their stamps."""
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".html") and entry.name != INDEX:
                    try:
                        told = entry.stat()
                    except OSError:  # taken away in between, or a link that leads nowhere
                        continue
                    found[entry.name] = [told.st_mtime_ns, told.st_size]
    except OSError:  # no such folder, or one that cannot be read: writing says so
        pass
    return found


def _kept(path: Path) -> Known:
    """What the index of before holds; nothing where there is none, one of another form, or a changed one."""
    nothing = Known({}, {})
    try:
        page = path.read_bytes()
    except OSError:
        return nothing
    digest, _, rest = page.partition(_KEPT)[2].partition(b'">')
    text = rest[: rest.find(_END)]
    if not digest or digest.decode("ascii", "replace") != _digest(text):
        return nothing
    told = orjson.loads(text)
    if (told["form"], told["fields"]) != (FORM, list(Listed._fields)):
        return nothing
    pages: dict[str, tuple[Stamp, Listed | None]] = {n: (stamp, None) for n, stamp in told["others"].items()}
    for row, stamp in zip(told["reports"], told["stamps"], strict=True):
        pages[row[0]] = (stamp, Listed._make(row))
    return Known(pages, {Line(*line): at for at, line in enumerate(told["lines"])})


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _read(path: Path, lines: dict[Line, int]) -> Listed | None:
    """From the summary at the beginning of a report; None for any other page. New lines come to ``lines``."""
    try:
        summary = orjson.loads(_summary(path))
    except (OSError, orjson.JSONDecodeError):
        return None
    if not isinstance(summary, dict):
        return None
    # Reports of older evalkits have no values.
    told: dict[str, Any] = {"values": [], **summary, "file": path.name}
    row = [told.get(name) for name in Listed._fields]
    if not _is_sound(row):
        return None
    row[-1] = [
        [lines.setdefault(Line(task, subject, metric, better), len(lines)), number, outcome, text]
        for task, subject, metric, number, better, outcome, text in told["values"]
    ]
    return Listed._make(row)


def _summary(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        start = head.find(_START)
        if start < 0:
            return b""
        start += len(_START)
        if head.find(_END, start) < 0:
            head += file.read(MOST_HEAD_BYTES - HEAD_BYTES)
        end = head.find(_END, start)
        return head[start:end] if end >= 0 else b""


def _is_sound(row: Sequence[Any]) -> bool:
    """Whether these are fields of a report, each of its type."""
    if not _are(row, _TYPES):
        return False
    *_, verdicts, _n_tasks, _n_responses, tasks, subjects, values = row
    return (
        all(isinstance(n, int) for n in verdicts.values())
        and all(isinstance(name, str) for name in (*tasks, *subjects))
        and all(isinstance(value, list) and _are(value, _VALUE) for value in values)
    )


def _are(values: Sequence[Any], types: Sequence[tuple[type, ...]]) -> bool:
    return len(values) == len(types) and all(map(isinstance, values, types))
