"""Observations of captions, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evalkit.core.observations import Observations
from evalkit.core.response import Response


def captions(rows: Iterable[tuple[str, str | None, Any]]) -> Observations:
    """Rows of sample id, caption (None: the call failed) and references."""
    ids, outputs, targets = [], [], []
    for sample_id, output, target in rows:
        ids.append(sample_id)
        outputs.append(Response(output) if output is not None else Response(error="timeout"))
        targets.append(target)
    return Observations(ids, targets, outputs)
