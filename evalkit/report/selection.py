"""Which rows a report carries when all of them would make it too large."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.report.data import EvaluationData, ReportData

#: What a reader needs first. Rows of one kind keep the order of the dataset.
PRIORITY = ("error", "loss", "win", "fail", "partial", "other")

_WORDS = {"error": "errors", "loss": "losses", "win": "wins", "fail": "fails", "partial": "partial ones"}

#: Texts longer than this are cut once not everything fits.
CLIP_CHARS = 20_000

# Numbers, ids and JSON around the texts of one row, roughly.
_ROW_CHARS = 120


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that are shown.

    Attributes:
        rows: for each evaluation the kept rows in dataset order, or None for all.
        clip: characters of each text that are kept, or None for all.
        shown, total: kind to rows kept and rows there are.
    """

    rows: tuple[Sequence[int] | None, ...]
    clip: int | None
    shown: dict[str, int]
    total: dict[str, int]

    @property
    def is_whole(self) -> bool:
        return self.clip is None and all(rows is None for rows in self.rows)

    @property
    def note(self) -> str:
        """What is left out, in words; empty when nothing is."""
        if self.is_whole:
            return ""
        kept, there = sum(self.shown.values()), sum(self.total.values())
        parts = []
        for kind in PRIORITY:
            n, of = self.shown[kind], self.total[kind]
            if of:
                name = _WORDS.get(kind, "other rows")
                parts.append(f"all {of:,} {name}" if n == of else f"the first {n:,} of {of:,} {name}")
        cut = f" Texts are cut after {self.clip:,} characters." if self.clip else ""
        if kept == there:
            return cut.strip()
        return f"To keep this file small it carries {kept:,} of {there:,} rows: {', '.join(parts)}.{cut}"


def select(data: ReportData, max_chars: int) -> Selection:
    """Keep everything, or clip long texts and keep rows by PRIORITY until ``max_chars`` are full."""
    items = data.evaluations
    kinds = [_kinds(item) for item in items]
    total = {kind: sum(row_kinds.count(kind) for row_kinds in kinds) for kind in PRIORITY}
    if sum(sum(_chars(item, None)) for item in items) <= max_chars:
        return Selection((None,) * len(items), None, total, total)
    clip = min(CLIP_CHARS, max(max_chars // 8, 200))
    sizes = [_chars(item, clip) for item in items]
    kept: list[list[int]] = [[] for _ in items]
    shown = dict.fromkeys(PRIORITY, 0)
    room = max_chars
    for kind in PRIORITY:
        for index, row in _of_kind(kinds, kind):
            room -= sizes[index][row]
            if room < 0:
                break
            kept[index].append(row)
            shown[kind] += 1
        if room < 0:
            break
    return Selection(tuple(sorted(rows) for rows in kept), clip, shown, total)


def _of_kind(kinds: Sequence[Sequence[str]], kind: str) -> Iterable[tuple[int, int]]:
    for index, row_kinds in enumerate(kinds):
        for row, found in enumerate(row_kinds):
            if found == kind:
                yield index, row


def _kinds(item: EvaluationData) -> list[str]:
    statuses = [s if s in PRIORITY else "other" for s in item.statuses]
    if item.pair is None:
        return statuses
    return [
        change if change in ("error", "loss", "win") else status
        for change, status in zip(item.pair.changes, statuses, strict=True)
    ]


def _chars(item: EvaluationData, clip: int | None) -> list[int]:
    bound = clip if clip is not None else 1 << 62
    sizes = [
        _ROW_CHARS + min(len(r.input), bound) + min(len(r.output or r.error or ""), bound)
        for r in item.observations.responses
    ]
    for scores in item.observations.scores.values():
        for row, score in enumerate(scores):
            sizes[row] += min(len(score.explanation or ""), bound)
    if item.pair is not None:
        others = item.pair.observations.responses
        for row, partner in enumerate(item.pair.rows):
            if partner is not None:
                sizes[row] += min(len(others[partner].output or ""), bound)
    return sizes
