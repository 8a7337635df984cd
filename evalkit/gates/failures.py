"""What failed in an evaluation, for messages."""

from __future__ import annotations

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.gates import sentences


def first_failure(observations: Observations) -> str | None:
    """Error text of the first failed response, else of the first failed score; None when all went well."""
    for items in (observations.responses, *observations.scores.values()):
        for error in column_of(items, "error"):
            if error is not None:
                return str(error)
    return None


def n_failed(observations: Observations) -> int:
    """Responses with an error, of the model or of any scorer."""
    columns = [column_of(items, "error") for items in (observations.responses, *observations.scores.values())]
    return sum(any(error is not None for error in errors) for errors in zip(*columns, strict=True))


def too_many_errors(side: str, observations: Observations, max_error_rate: float) -> str | None:
    """That more responses of the side failed than any gate allows, a sentence; None where they did not."""
    n, n_total = n_failed(observations), len(observations)
    if n <= max_error_rate * n_total:
        return None
    return sentences.too_many_failed(side, n, n_total, max_error_rate, first_failure(observations))
