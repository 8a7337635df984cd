"""Slices that moved between two stored evaluations, though nobody asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from evalkit.core.run import Evaluation

if TYPE_CHECKING:
    from evalkit.comparisons.comparable import Side
    from evalkit.comparisons.slices.scan import SliceMove, SliceScan


@dataclass(frozen=True)
class ScannedPair:
    """A pair of evaluations with what its slices did."""

    base: Evaluation
    candidate: Evaluation
    scan: SliceScan

    @property
    def task(self) -> str:
        return self.candidate.task

    @property
    def label(self) -> str:
        return self.candidate.subject.label

    def as_dict(self) -> dict[str, Any]:
        """Plain values, the slices that moved first, the worst of each first."""
        return {
            "task": self.candidate.task,
            "subject": self.candidate.subject.label,
            "baseline_subject": self.base.subject.label,
            "metrics": list(self.scan.metrics),
            "fields": list(self.scan.fields),
            "n_tested": len(self.scan.moves),
            "n_unseen": self.scan.n_unseen,
            "slices": [_move(each) for each in (*self.scan.moved, *self.scan.others)],
        }


def scan_sides(
    base: Evaluation,
    candidate: Evaluation,
    before: Side,
    after: Side,
    rows: Mapping[str, Mapping[str, Any]],
) -> Iterator[ScannedPair]:
    """The scan over the samples that are the same on both sides; nothing where there is none."""
    from evalkit.comparisons.comparable import common_part, match_sides
    from evalkit.comparisons.slices.evaluations import scan_evaluations

    found = match_sides(before, after)
    if found.untold or not found.common:
        return
    earlier, later = (common_part(each, found).observations for each in (before, after))
    scan = scan_evaluations(base, candidate, earlier, later, rows)
    if scan is not None:
        yield ScannedPair(base, candidate, scan)


def together(scans: Sequence[ScannedPair]) -> list[ScannedPair]:
    """All slices of a comparison as one family."""
    if not scans:
        return []
    from evalkit.comparisons.slices.scan import adjusted

    found = adjusted([each.scan for each in scans])
    return [replace(each, scan=scan) for each, scan in zip(scans, found, strict=True)]


def slice_columns() -> dict[str, type]:
    """Name and type of what each slice is told with, for a table without any."""
    from evalkit.comparisons.slices.scan import SliceMove
    from evalkit.core.slices import Slice
    from evalkit.stats.sides import Sides

    nothing = SliceMove("", Slice("", ""), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, Sides(1.0, 1.0))
    return {name: type(value) for name, value in _move(nothing).items()}


def _move(move: SliceMove) -> dict[str, Any]:
    values = {
        name: each
        for name, each in asdict(replace(move, sample_ids=())).items()
        if name not in ("part", "tests", "sample_ids")
    }
    p_values = {"p_worse": move.tests.worse, "p_better": move.tests.better}
    return {"slice": move.part.text, **move.part.as_dict(), **values, **p_values, "finding": move.word}
