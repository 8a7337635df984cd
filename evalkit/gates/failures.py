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
