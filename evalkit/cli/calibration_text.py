"""A calibration for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.cli.printing import cell_text, table_lines
from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.text import plural
from evalkit.report.judge_tables import judge_notes, judge_tables

_WIDTH = 140


def lines_of(head: str, record: Mapping[str, Any], condition: JudgeCondition | None) -> list[str]:
    """Every line of one calibration, what gates ask of it at the end."""
    counts = record["counts"]
    labels = plural(counts["n_labels"], "label")
    people = plural(len(record["reviewers"]), "reviewer")
    lines = [f"{cell_text(head)}: {labels} of {people} on {plural(counts['n_responses'], 'response')}"]
    for table in judge_tables(record):
        lines += ["", table.title]
        last = table.headers[-1:]
        lines += table_lines(table.headers, table.rows, right=table.right, whole=last, width=_WIDTH)
    notes = judge_notes(record)
    return [*lines, *([""] if notes else []), *map(cell_text, notes), *_asked(record, condition)]


def _asked(record: Mapping[str, Any], condition: JudgeCondition | None) -> list[str]:
    """Whether gates of the task may rest on the judge now."""
    if condition is None or condition.min_kappa is None:
        return []
    kappa, low, _ = record["judge"]["kappa"]
    asked = f"min_kappa {condition.min_kappa:g}{', proven' if condition.proven else ''}"
    what = "may rest on it" if condition.lets(kappa, low) else "stay undecided"
    if kappa is not None and kappa >= condition.min_kappa and condition.is_chance(low):
        what += ", as chance alone can give such a kappa (label more responses)"
    return ["", f"the task asks for {asked}: its gates {what}"]
