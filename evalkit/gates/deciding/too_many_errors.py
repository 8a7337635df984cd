"""The rule before every other: where too much of an evaluation failed, no gate is decided."""

from __future__ import annotations

from evalkit.comparisons.failures import first_failure, n_failed
from evalkit.core.observations import Observations
from evalkit.gates.deciding import sentences


def too_many_errors(side: str, observations: Observations, max_error_rate: float) -> str | None:
    """That more responses of the side failed than any gate allows, a sentence; None where they did not."""
    n, n_total = n_failed(observations), len(observations)
    if n <= max_error_rate * n_total:
        return None
    return sentences.too_many_failed(side, n, n_total, max_error_rate, first_failure(observations))
