"""The history of a metric with what it was made with: its line, and a strip for each thing that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evalkit.core.text import plural
from evalkit.drift.cause import attribute
from evalkit.drift.move import Move
from evalkit.drift.series import Series
from evalkit.report.drift_picture import Frame, Picture, Place, Scale, day, picture
from evalkit.report.history_blocks import Dot, History, Stretch, Strip
from evalkit.store.history import HistoryRow

FRAME = Frame(720, 168, 64, 16, 14, 24)
#: Of a picture in a row of a table.
ROW = Frame(220, 34, 4, 6, 5, 5)
#: Height of a strip with the room above it, and the room that a letter takes.
STRIP, LETTER = 20.0, 6.3

#: What a strip tells: its name, and what of a row stands in it.
_THINGS: tuple[tuple[str, Callable[[HistoryRow], str]], ...] = (
    ("model", lambda row: row.model_revision or ""),
    ("prompt", lambda row: row.prompt_hash[:8]),
    ("data", lambda row: row.dataset_hash[:8]),
    ("task", lambda row: row.task_hash[:8]),
)


#: How a direction is shown: as an outcome of a gate is.
_OUTCOMES = {"worse": "fail", "better": "pass", "moved": "undecided"}


def history(title: str, series: Series, moves: Sequence[Move], run_id: str, ends: Place) -> History:
    """The picture of one series, with what it says.

    Args:
        run_id: of the run that is reported: its dot is larger.
        ends: numbers that the axis takes in, as those of other Subjects do.
    """
    drawn = picture(series, moves, FRAME, ends)
    scale = Scale(series, moves, FRAME, ends)
    return History(
        title=title,
        outcome=_OUTCOMES[moves[-1].direction] if moves else "none",
        word=state(series, moves),
        sentences=tuple(_sentences(series, moves)),
        picture=drawn,
        marks=tuple(_marks(series, scale, run_id)),
        strips=tuple(_strips(series, scale)),
        height=FRAME.height + STRIP * len(changed(series)) + (4 if changed(series) else 0),
    )


def small(series: Series, moves: Sequence[Move], ends: Place) -> Picture:
    """The same for a row of a table."""
    return picture(series, moves, ROW, ends)


def changed(series: Series) -> list[tuple[str, list[str]]]:
    """What was not the same in all runs, with its value in each."""
    told = [(name, [value(row) for row in series.rows]) for name, value in _THINGS]
    return [(name, values) for name, values in told if len(set(values)) > 1]


def stayed(series: Series) -> str:
    """``model rev-1, prompt c0ffee12, data 1234abcd in all 60 runs``; empty where all changed."""
    told = [(name, {value(row) for row in series.rows}) for name, value in _THINGS]
    same = [f"{name} {next(iter(values))}" for name, values in told if len(values) == 1 and values != {""}]
    return f"{', '.join(same)} in all {plural(len(series.rows), 'run')}" if same else ""


def state(series: Series, moves: Sequence[Move]) -> str:
    """How things stand, in two words."""
    if moves:
        return moves[-1].direction
    return "too short" if series.too_short else "nothing moved"


def _sentences(series: Series, moves: Sequence[Move]) -> Iterator[str]:
    for move in reversed(moves):
        how = "" if move is moves[-1] else f"Before that it got {move.direction}: "
        yield _sentence(f"{how}{move.change_text}")
        yield _sentence(attribute(None, series.rows, move.change).text)
    if series.too_short:
        yield f"Whether it moved cannot be said yet: {series.too_short}."
    yield from (_sentence(seam.text) for seam in series.seams)
    if same := stayed(series):
        yield _sentence(same)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _marks(series: Series, scale: Scale, run_id: str) -> Iterator[Dot]:
    for at, row in enumerate(series.rows):
        if row.run_id == run_id:
            yield Dot(scale.x(at), scale.y(row.value))


def _strips(series: Series, scale: Scale) -> Iterator[Strip]:
    right = FRAME.width - FRAME.right
    for place, (name, values) in enumerate(changed(series)):
        starts = [at for at, value in enumerate(values) if at == 0 or value != values[at - 1]]
        lefts = [scale.x(at) for at in starts]
        stretches = []
        for number, (at, left) in enumerate(zip(starts, lefts, strict=True)):
            width = max(round((lefts[number + 1] if number + 1 < len(lefts) else right) - left, 2), 1.5)
            text = values[at] or "unknown"
            since = f"{name} {text} since {day(series.rows[at].started_at)}"
            shown = text if len(text) * LETTER + 8 <= width else ""
            stretches.append(Stretch(left, width, text, shown, since, is_other=bool(number % 2)))
        yield Strip(name, FRAME.height + 4 + STRIP * place, tuple(stretches))
