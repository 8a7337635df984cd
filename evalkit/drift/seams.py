"""Series that go on over a retired model, judge or scorer, by what ``evalkit bridge`` measured.

What came before the seam is shifted by the bridge's difference. That is known up to its interval, and an
error of it would stand in every number before the seam: a step that no night made. So the shift is the one
within the interval that leaves the smallest step at the seam, and the interval has half of the series'
alpha. A step at the seam that the bridge's own uncertainty explains is not an alarm; one that it does not is.
Seams spend that half of alpha and the watch has the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from evalkit.core.bridge import Bridge
from evalkit.stats.changepoint import MIN_RUNS
from evalkit.stats.normal import normal_quantile
from evalkit.store.history import HistoryRow

Name = tuple[str, str, str, str]
Rows = list[HistoryRow]


@dataclass(frozen=True)
class Seam:
    """Where a series goes on under another model or signature.

    Attributes:
        at: place of the first row behind it.
        shift: what was added to all rows before it, this seam's part; in units of the metric.
    """

    at: int
    bridge: Bridge
    shift: float
    started_at: float

    @property
    def day(self) -> str:
        """Of the first run behind it, ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.started_at, UTC).date().isoformat()

    @property
    def text(self) -> str:
        """``goes on from openai/old since 2026-02-01: bridge +0.012 [-0.004, +0.028] of 200 samples …``."""
        bridge = self.bridge
        return (
            f"goes on from {bridge.old} since {self.day}: bridge {bridge.difference:+.3g} "
            f"[{bridge.low:+.3g}, {bridge.high:+.3g}] on {bridge.n:,} samples, "
            f"earlier runs shifted by {self.shift:+.3g}"
        )


def stretches(rows: Rows) -> list[Rows]:
    """The rows of one name, cut where the signature changed."""
    found: list[Rows] = []
    for row in rows:
        if not found or found[-1][-1].signature != row.signature:
            found.append([])
        found[-1].append(row)
    return found


class Joiner:
    """Joins the histories of several names by bridges.

    Args:
        histories: rows by name, oldest first.
        alpha: of each series; its seams have half of it.
    """

    def __init__(self, histories: Mapping[Name, Rows], bridges: Sequence[Bridge], alpha: float) -> None:
        self._histories = histories
        self._bridges = bridges
        self._alpha = alpha
        #: Names that go on under another one.
        self.retired: set[Name] = set()

    def joined(self, name: Name) -> tuple[Rows, list[Seam]]:
        """The latest stretch of a name with all that bridges lead to, shifted; oldest first."""
        parts, bridges = self._chain(name)
        rows, shift = list(parts[0]), 0.0
        seams: list[tuple[int, Bridge, float, float]] = []  # places are counted from the end
        for part, bridge in zip(parts[1:], bridges, strict=True):
            own = self._shift(part, rows, bridge, shift, len(bridges))
            shift += own
            earlier = [row._replace(value=row.value + shift) for row in part]
            seams.append((len(rows), bridge, own, rows[0].started_at))
            rows = earlier + rows
        found = [Seam(len(rows) - n, bridge, own, at_s) for n, bridge, own, at_s in reversed(seams)]
        return rows, found

    def _chain(self, name: Name) -> tuple[list[Rows], list[Bridge]]:
        """Stretches from the latest backwards, and the bridges between them."""
        cut = stretches(self._histories[name])
        parts, bridges, seen = [cut.pop()], [], {name}
        while True:
            head = parts[-1]
            if cut and (bridge := self._between(name, name, cut[-1], head)) is not None:
                parts.append(cut.pop())
                bridges.append(bridge)
                continue
            older = self._older(name, head, seen)
            if older is None:
                return parts, bridges
            before, bridge, cut = older
            self.retired.add(before)
            seen.add(before)
            name = before
            parts.append(cut.pop())
            bridges.append(bridge)

    def _older(self, name: Name, head: Rows, seen: set[Name]) -> tuple[Name, Bridge, list[Rows]] | None:
        """Another name that leads here, with its stretches before ``head``."""
        for bridge in reversed(self._bridges):
            old = (bridge.task, bridge.old_model, bridge.old_prompt, bridge.metric)
            if not bridge.is_of_models or old in seen or old not in self._histories:
                continue
            earlier = [row for row in self._histories[old] if row.started_at < head[0].started_at]
            if not earlier:
                continue
            cut = stretches(earlier)
            if self._between(old, name, cut[-1], head) is bridge:
                return old, bridge, cut
        return None

    def _between(self, old: Name, new: Name, before: Rows, after: Rows) -> Bridge | None:
        """The latest bridge from one stretch to the other."""
        signatures = before[-1].signature, after[0].signature
        fitting = (
            each
            for each in reversed(self._bridges)
            if (each.task, each.old_model, each.old_prompt, each.metric) == old
            and (each.task, each.new_model, each.new_prompt, each.metric) == new
            and (each.old_signature, each.new_signature) == signatures
        )
        return next(fitting, None)

    def _shift(self, before: Rows, after: Rows, bridge: Bridge, so_far: float, n_seams: int) -> float:
        """The one within the bridge's interval that leaves the smallest step."""
        reach = normal_quantile(1 - self._alpha / 4 / n_seams) * bridge.error
        gap = _level(after[:MIN_RUNS]) - _level(before[-MIN_RUNS:]) - so_far
        return float(np.clip(gap, bridge.difference - reach, bridge.difference + reach))


def _level(rows: Rows) -> float:
    weights = [max(row.n, 1) for row in rows]
    return float(np.average([row.value for row in rows], weights=weights))
