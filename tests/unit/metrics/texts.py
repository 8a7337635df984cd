"""Observations of plain outputs with their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.core.observations import Observations
from evalkit.core.response import Response


def written(outputs: Sequence[str], targets: Sequence[Any]) -> Observations:
    """One response for each target."""
    ids = [f"s{i}" for i in range(len(outputs))]
    return Observations(ids, list(targets), [Response(output) for output in outputs])
