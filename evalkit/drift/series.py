"""The history of one metric of one task with one model and prompt name, oldest run first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from evalkit.core.bridge import Bridge
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.core.text import plural
from evalkit.drift.seams import Joiner, Seam
from evalkit.metrics.units import unit_of
from evalkit.stats.changepoint import MIN_RUNS, ChangePoint, Floats, find_changes
from evalkit.stats.since_first import Distance, since_first
from evalkit.store.history import HistoryRow

#: A number is not trusted beyond this share of itself.
_RELATIVE_FLOOR = 1e-6
#: A series without a run for so long, and for so many of its longest gaps, is over.
_OVER_S, _OVER_GAPS = 14 * 86_400.0, 5


@dataclass(frozen=True)
class Series:
    """Attributes:
    rows: of one (task, model, prompt, metric), oldest first; before a seam those of what was retired,
        shifted.
    seams: where it goes on from something that was retired, the oldest first.
    """

    rows: Sequence[HistoryRow]
    seams: Sequence[Seam] = ()

    @property
    def last(self) -> HistoryRow:
        return self.rows[-1]

    @property
    def name(self) -> tuple[str, str, str, str]:
        """Task, model, prompt and metric."""
        row = self.rows[-1]
        return row.task, row.model, row.prompt, row.metric

    @property
    def subject(self) -> str:
        """``openai/gpt-4o``, or ``openai/gpt-4o#terse`` with a prompt other than the task's own."""
        _, model, prompt, _ = self.name
        return model if prompt == DEFAULT_PROMPT else f"{model}#{prompt}"

    @property
    def values(self) -> Floats:
        return np.array([row.value for row in self.rows], dtype=np.float64)

    @property
    def counts(self) -> Floats:
        """(n,) responses behind each number, at least 1."""
        return np.maximum(np.array([row.n for row in self.rows], dtype=np.float64), 1.0)

    @property
    def too_short(self) -> str | None:
        """Why nothing can be said, or None."""
        if len(self.rows) >= MIN_RUNS:
            return None
        return f"{plural(len(self.rows), 'run')}, {MIN_RUNS} are needed to know the noise"

    def is_over(self, now: float) -> bool:
        """Whether it is no longer run at ``now``, seconds since the epoch."""
        starts = np.array([row.started_at for row in self.rows])
        longest = float(np.diff(starts).max(initial=0.0))
        return now - float(starts[-1]) > max(_OVER_S, _OVER_GAPS * longest)

    def changes(self, alpha: float) -> list[ChangePoint]:
        """Every move that stands out, in order of time; ``alpha`` as in ``find_changes``, of which seams have
        spent a half."""
        own = alpha / 2 if self.seams else alpha
        return find_changes(self.values, counts=self.counts, floor=self._floor(), alpha=own)

    def since(self, first: int, changes: Sequence[ChangePoint], alpha: float) -> Distance | None:
        """How far the latest runs lie from those that begin at row ``first``; ``changes`` as found."""
        values, counts, floor = (each[first:] for each in (self.values, self.counts, self._floor()))
        later = [each.shifted(-first) for each in changes if each.start >= first]
        return since_first(values, later, counts=counts, floor=floor, alpha=alpha)

    def _floor(self) -> Floats:
        """Half of what one sample can move a share by; a trifle for numbers of another kind."""
        values, counts = self.values, self.counts
        kept = values[self.seams[-1].at if self.seams else 0 :]  # a shift may lead out of 0..1
        trifle = _RELATIVE_FLOOR * float(np.abs(values).max())
        has_unit = unit_of(self.last.metric) not in ("share", "none")
        is_share = bool(kept.min() >= 0 and kept.max() <= 1) and not has_unit
        one_sample = np.where(counts > 1, 0.5 / counts, 0.0) if is_share else np.zeros(len(values))
        return np.maximum(one_sample, trifle)


def series_of(
    rows: Iterable[HistoryRow], bridges: Sequence[Bridge] = (), alpha: float = 0.05
) -> list[Series]:
    """Rows in the order of ``read_history`` -> one Series for each metric. A metric whose signature changed
    begins anew: its numbers are others. Where a bridge leads over that, or to another model, it goes on, and
    what was retired has no series of its own; ``alpha`` is that of all series together."""
    histories = {name: list(group) for name, group in groupby(rows, key=lambda row: row[:4])}
    joiner = Joiner(histories, bridges, alpha / max(1, len(histories)))
    found = {name: Series(*joiner.joined(name)) for name in histories}
    return [series for name, series in found.items() if name not in joiner.retired]
