"""The splits of MBPP, which are ranges of ``task_id`` (Austin et al. 2021, arXiv 2108.07732)."""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]


def prompt(rows: Rows) -> Rows:
    return _between(rows, 1, 10)


def test(rows: Rows) -> Rows:
    return _between(rows, 11, 510)


def validation(rows: Rows) -> Rows:
    return _between(rows, 511, 600)


def train(rows: Rows) -> Rows:
    return _between(rows, 601, 974)


def _between(rows: Rows, first: int, last: int) -> Rows:
    return [row for row in rows if first <= row["task_id"] <= last]
