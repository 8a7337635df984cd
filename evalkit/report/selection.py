"""Which rows a report carries when all of them would make it too large."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.report.data import EvaluationData, ReportData

#: What a reader needs first; the rest is taken in the order of the dataset, so that it stays a fair picture.
PRIORITY = ("error", "loss", "win", "rest")

_WORDS = {"error": "errors", "loss": "losses", "win": "wins", "rest": "other rows"}

#: Characters that are left of a text once not everything fits: as many as let all errors, losses and wins in.
CLIP_CHARS = (20_000, 2_000, 400)

# Numbers, ids and JSON around the texts of one row, roughly.
_ROW_CHARS = 120


@frozen(slots=True)
class Selection:
    """Rows that are shown.

    Attributes:
        rows: for each evaluation the kept rows in dataset order, or None for all.
        clip: characters of each text that are kept, or None for all.
        shown, total: kind to rows kept and rows there are.
        n_chars: characters of what is kept, roughly.
    """

    rows: tuple[Sequence[int] | None, ...]
    clip: int | None
    shown: dict[str, int]
    total: dict[str, int]
    n_chars: int

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
                which = f"all {of:,}" if n == of else f"the first {n:,} of {of:,}" if n else f"none of {of:,}"
                parts.append(f"{which} {_WORDS[kind]}")
        cut = f" Texts are cut after {self.clip:,} characters." if self.clip else ""
        if kept == there:
            return cut.strip()
        return f"To keep this file small it carries {kept:,} of {there:,} rows: {', '.join(parts)}.{cut}"


def select(data: ReportData, max_chars: int) -> Selection:
    """Keep everything, or clip long texts and keep rows by PRIORITY until ``max_chars`` are full."""
    items = data.evaluations
    kinds = [kinds_of(item) for item in items]
    total = {kind: sum(row_kinds.count(kind) for row_kinds in kinds) for kind in PRIORITY}
    n_chars = sum(sum(_chars(item, None)) for item in items)
    if n_chars <= max_chars:
        return Selection((None,) * len(items), None, total, total, n_chars)
    clip, sizes = _clip(items, kinds, max_chars)
    is_cut = sizes != [_chars(item, None) for item in items]
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
    return Selection(
        tuple(sorted(rows) for rows in kept), clip if is_cut else None, shown, total, max_chars - max(room, 0)
    )


def _clip(
    items: Sequence[EvaluationData], kinds: Sequence[Sequence[str]], max_chars: int
) -> tuple[int, list[list[int]]]:
    """The longest clip that lets everything but the rest in, and the sizes of all rows under it."""
    for clip in CLIP_CHARS:
        sizes = [_chars(item, clip) for item in items]
        pairs = (
            entry for rows in zip(sizes, kinds, strict=True) for entry in zip(rows[0], rows[1], strict=True)
        )
        if sum(size for size, kind in pairs if kind != "rest") <= max_chars:
            break
    return clip, sizes


def _of_kind(kinds: Sequence[Sequence[str]], kind: str) -> Iterable[tuple[int, int]]:
    for index, row_kinds in enumerate(kinds):
        for row, found in enumerate(row_kinds):
            if found == kind:
                yield index, row


def kinds_of(item: EvaluationData) -> list[str]:
    """For each row the one of PRIORITY that it is."""
    kinds = ["error" if status == "error" else "rest" for status in item.statuses]
    if item.pair is not None:
        for row, change in enumerate(item.pair.changes):
            if change in PRIORITY:
                kinds[row] = change
    return kinds


def _chars(item: EvaluationData, clip: int | None) -> list[int]:
    """Characters of each row, roughly."""
    observations = item.observations
    bound = clip if clip is not None else 1 << 62
    inputs, frame = column_of(observations.responses, "input"), len(item.frame)
    sizes = [_ROW_CHARS + min(len(text) - frame, bound) for text in inputs]
    _add(sizes, _answers(observations), bound)
    for scores in observations.scores.values():
        _add(sizes, column_of(scores, "explanation"), bound)
    if item.pair is not None:
        others = _answers(item.pair.observations)
        _add(sizes, [None if row is None else others[row] for row in item.pair.rows], bound)
    return sizes


def _answers(observations: Observations) -> Sequence[str | None]:
    responses = observations.responses
    pairs = zip(column_of(responses, "output"), column_of(responses, "error"), strict=True)
    return [error if output is None else output for output, error in pairs]


def _add(sizes: list[int], texts: Sequence[str | None], bound: int) -> None:
    for row, text in enumerate(texts):
        if text:
            sizes[row] += min(len(text), bound)
