"""Tokens of several requests that go through a decoder together.

Attention is computed in tiles: TILE consecutive positions of one sequence against the keys up to the tile's
end. A tile's shape follows from its place in the sequence alone, never from what was asked before or beside,
and so do the bits of its values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

#: Positions of one tile. In the cache identity: other tiles give other roundings.
TILE = 32


@dataclass(slots=True)
class TokenSequence:
    """A context, or a choice after its context: which cell of the key-value store holds each position."""

    cells: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One token to compute, the last of what its sequence has so far.

    Attributes:
        cell: where its key and value go.
        predicts: (slot of the result, token) of what should come next.
    """

    token: int
    position: int
    cell: int
    sequence: TokenSequence
    predicts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TileGroup:
    """Tiles that stand at the same place of their sequences.

    Attributes:
        index: of the tile: positions ``index * TILE`` up to the next tile's.
        columns: (tiles, TILE) column of the pack at each position, -1 where it has none.
        cells: (tiles, (index + 1) * TILE) cell of each position that may be seen.
    """

    index: int
    columns: Ints
    cells: Ints


def fitting_width(widths: Sequence[int], n: int, margin: int) -> int:
    """The smallest width that holds ``n`` columns between margins."""
    return next(width for width in widths if width >= n + 2 * margin)


class RowPack:
    """Rows in the order of their positions within each sequence, in columns of which some stay unused.

    Attributes:
        columns: where each row stands.
        tokens, positions: (width,) of each column; 0 where it is unused.
        last_columns: columns that the last block is needed for, laid out as a pack of their own.
        predicting: where in ``last_columns`` the rows stand that predict something.
    """

    def __init__(self, rows: Sequence[Row], widths: Sequence[int], margin: int) -> None:
        self.rows, self.width = rows, fitting_width(widths, len(rows), margin)
        width = self.width
        self.columns = np.arange(margin, margin + len(rows))
        self.tokens, self.positions = np.zeros(width, np.int64), np.zeros(width, np.int64)
        self.tokens[self.columns] = [row.token for row in rows]
        self.positions[self.columns] = [row.position for row in rows]
        self.cells = np.array([row.cell for row in rows], np.int64)
        wanted = [margin + i for i, row in enumerate(rows) if row.predicts]
        self.predicting = np.arange(margin, margin + len(wanted))
        self.last_columns = np.zeros(fitting_width(widths, len(wanted), margin), np.int64)
        self.last_columns[self.predicting] = wanted
        self.groups = self._groups()
        self.n_cells = 1 + max(int(group.cells.max()) for group in self.groups)

    def _groups(self) -> list[TileGroup]:
        tiles: dict[tuple[int, int], list[int]] = {}
        for i, row in enumerate(self.rows):
            tiles.setdefault((row.position // TILE, id(row.sequence)), []).append(i)
        groups = []
        for index in sorted({index for index, _ in tiles}):
            members = [members for (place, _), members in tiles.items() if place == index]
            places = np.full((len(members), TILE), -1, np.int64)
            cells = np.zeros((len(members), (index + 1) * TILE), np.int64)
            for tile, numbers in enumerate(members):
                columns = self.columns[numbers]
                places[tile, self.positions[columns] % TILE] = columns
                seen = self.rows[numbers[0]].sequence.cells[: cells.shape[1]]
                cells[tile, : len(seen)] = seen
            groups.append(TileGroup(index, places, cells))
        return groups
