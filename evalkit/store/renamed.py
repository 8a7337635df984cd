"""Names of metrics in rows of earlier releases, as they are called today."""

from __future__ import annotations

from evalkit.core.old_names import METRICS


def current(column: str) -> str:
    """SQL over a column of labels, signatures or gates: the metric at its beginning by its name of today."""
    sql = column
    for old, name in METRICS.items():
        sql = f"regexp_replace({sql}, '^(regression\\()?{old}\\b', '\\1{name}')"
    return sql
