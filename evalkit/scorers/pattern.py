"""Patterns of task files, compiled once."""

from __future__ import annotations

import re

from evalkit.errors import TaskError


def compile_pattern(scorer: str, key: str, pattern: str, flags: int = 0) -> re.Pattern[str]:
    """``pattern`` ready for use. Raises TaskError that names scorer and parameter and says what is wrong."""
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError) as error:
        raise TaskError(f"scorer {scorer!r}: {key} {pattern!r} is not a pattern: {error}") from None
