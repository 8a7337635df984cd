"""The rule before every other: where too much of an evaluation failed, or was cut, no gate is decided."""

from __future__ import annotations

from evalkit.comparisons.cut_answers import cut_rows, enough_tokens
from evalkit.comparisons.failures import first_failure, n_failed
from evalkit.core.observations import Observations
from evalkit.gates.deciding import sentences


def too_many_errors(side: str, observations: Observations, max_error_rate: float) -> str | None:
    """That more responses of the side failed than any gate allows, a sentence; None where they did not."""
    n, n_total = n_failed(observations), len(observations)
    if n <= max_error_rate * n_total:
        return None
    return sentences.too_many_failed(side, n, n_total, max_error_rate, first_failure(observations))


def too_many_cut(
    side: str, observations: Observations, max_truncated_rate: float | None, max_tokens: int | None = None
) -> str | None:
    """That more responses of the side were cut at ``max_tokens`` than a task allows, and which bound would
    do; None where they were not, or the task has no such limit."""
    n, n_total = len(cut_rows(observations)), len(observations)
    if max_truncated_rate is None or n <= max_truncated_rate * n_total:
        return None
    enough = enough_tokens(observations, max_tokens, max_truncated_rate)
    return sentences.too_many_cut(side, n, n_total, max_truncated_rate, enough)
