"""Rows of several sequences are laid out in columns, and in tiles by their place in the sequence."""

from __future__ import annotations

from evalkit.models.embedded.row_pack import TILE, Row, RowPack, TokenSequence, fitting_width


def test_tiles_hold_each_row_at_its_place_and_the_cells_it_may_see() -> None:
    one, other = TokenSequence(list(range(35))), TokenSequence([*range(4), 50])
    rows = [Row(7, i, i, one) for i in range(30, 35)] + [Row(9, 4, 50, other, ((0, 3),))]
    pack = RowPack(rows, (8, 16), 2)
    assert (pack.width, pack.columns.tolist()) == (16, [2, 3, 4, 5, 6, 7])
    assert pack.tokens[pack.columns].tolist() == [7] * 5 + [9]
    first, second = pack.groups
    assert (first.columns.shape, first.cells.shape) == ((2, TILE), (2, TILE))
    assert first.columns[0, 30:].tolist() == [2, 3]
    assert first.columns[1, :6].tolist() == [-1, -1, -1, -1, 7, -1]
    assert first.cells[1, :6].tolist() == [0, 1, 2, 3, 50, 0]
    assert second.columns[0, :4].tolist() == [4, 5, 6, -1]
    assert second.cells[0, :36].tolist() == [*range(35), 0]
    assert pack.n_cells == 51


def test_the_last_block_is_computed_for_what_predicts_alone() -> None:
    sequence = TokenSequence(list(range(20)))
    rows = [Row(1, i, i, sequence, ((0, 3),) if i in (4, 19) else ()) for i in range(20)]
    pack = RowPack(rows, (8, 24), 2)
    assert len(pack.last_columns) == 8
    assert pack.last_columns[pack.predicting].tolist() == [6, 21]


def test_the_smallest_width_that_holds_the_columns_and_their_margins() -> None:
    assert [fitting_width((8, 16, 24), n, 2) for n in (1, 4, 5, 12, 13)] == [8, 8, 16, 16, 24]
