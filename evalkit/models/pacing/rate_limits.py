"""How much a model may be asked in a minute, as a user says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from evalkit.core.frozen import frozen

MINUTE_S = 60.0


@frozen(slots=True)
class RateLimits:
    """Bounds on what is sent to one model; None where the user says nothing.

    Attributes:
        rpm: requests a minute, > 0.
        tpm: tokens a minute, > 0, those of prompts and of answers together.
    """

    rpm: float | None = None
    tpm: float | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> RateLimits:
        """Those among the parameters of a spec."""
        return cls(params.get("rpm"), params.get("tpm"))

    def over(self, other: RateLimits) -> RateLimits:
        """These, and what they leave open from ``other``."""
        return RateLimits(
            other.rpm if self.rpm is None else self.rpm, other.tpm if self.tpm is None else self.tpm
        )


#: The user says nothing.
NO_RATE_LIMITS = RateLimits()


def rate(text: str) -> float:
    """Reader of ``?rpm=`` and ``?tpm=``: a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        raise ValueError("write a number above 0: how many a minute")
    return value


#: Parameters of the spec of every provider that calls out.
RATE_PARAMS: Mapping[str, Callable[[str], float]] = {"rpm": rate, "tpm": rate}
