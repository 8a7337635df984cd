"""Tables of results: Arrow underneath, pandas and polars at hand."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from evalkit.core.text import inert
from evalkit.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Rows and characters of a cell that a notebook shows.
_ROWS, _CHARS = 20, 120


class ResultTable:
    """Columns of equal length. ``len(table)`` is the number of rows; iterating gives each as a dictionary."""

    def __init__(self, table: pyarrow.Table) -> None:
        self._table = table

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._table.column_names)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        yield from self._table.to_pylist()

    def to_arrow(self) -> pyarrow.Table:
        """The pyarrow table; nothing is copied."""
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame. Raises MissingExtraError if pandas is not installed."""
        try:
            return self._table.to_pandas()
        except ImportError:
            raise MissingExtraError("pandas is not installed", hint="pip install pandas") from None

    def to_polars(self) -> polars.DataFrame:
        """A DataFrame. Raises MissingExtraError if polars is not installed."""
        try:
            import polars as pl
        except ImportError:
            raise MissingExtraError("polars is not installed", hint="pip install polars") from None
        frame = pl.from_arrow(self._table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def __repr__(self) -> str:
        return f"<{len(self):,} rows of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = self._table.slice(0, _ROWS).to_pylist()
        body = "".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in rows)
        more = f"<p>{len(self) - _ROWS:,} more rows</p>" if len(self) > _ROWS else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: Any) -> str:
    """What a model wrote is shown as text, whatever it looks like."""
    if isinstance(value, float):
        return f"<td style='text-align:right'>{value:.4g}</td>"
    text = "" if value is None else inert(str(value))
    shown = text if len(text) <= _CHARS else text[: _CHARS - 1] + "…"
    return f"<td style='text-align:left'>{escape(shown)}</td>"
