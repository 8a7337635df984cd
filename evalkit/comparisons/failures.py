"""What failed in an evaluation, for messages."""

from __future__ import annotations

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations


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
