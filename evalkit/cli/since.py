"""``--since``: a date or an age."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from evalkit.errors import UsageError

_UNITS_S = {"h": 3600.0, "d": 86400.0, "w": 604800.0}


def since_of(text: str | None) -> float | None:
    """``2026-01-31`` (UTC) or ``90d`` -> seconds since the epoch. Raises UsageError on anything else."""
    if text is None:
        return None
    age = re.fullmatch(r"(\d+(?:\.\d+)?)([hdw])", text)
    if age is not None:
        return time.time() - float(age[1]) * _UNITS_S[age[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since {text!r} is neither a date nor an age", hint="write 2026-01-31 or 90d"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
