"""Error rates, power and coverage of regression gates and of intervals. Alarms are sessions in which any gate
fails although nothing changed; alpha is 5 %."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.calibration.lines import Computed, Line
from tests.calibration.rows import HEADERS, Row, compute, rows


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    for row in rows():
        title = f"{row.section}: {HEADERS[row.section]}"
        yield Line(title, row.label, partial(_computed, row, n_sessions))


def _computed(row: Row, n_sessions: int) -> Computed:
    result = compute(row, n_sessions)
    return Computed(str(result), result.is_off)
