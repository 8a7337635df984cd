"""What failed in an evaluation, for messages."""

from __future__ import annotations

from evalkit.core.observations import Observations


def first_failure(observations: Observations) -> str | None:
    """Error text of the first failed response, else of the first failed score; None when all went well."""
    for response in observations.responses:
        if response.error is not None:
            return response.error
    for scores in observations.scores.values():
        for score in scores:
            if score.error is not None:
                return score.error
    return None
