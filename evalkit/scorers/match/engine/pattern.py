"""Patterns of task files, compiled once."""

from __future__ import annotations

import re

from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.limits.patterns import BoundedPattern


def compile_pattern(scorer: str, key: str, pattern: str, flags: int = 0) -> BoundedPattern:
    """``pattern`` ready for use. Raises TaskError that names scorer and parameter and says what is wrong."""
    try:
        return BoundedPattern.of(pattern, flags)
    except RecursionError:
        problem = "it is nested too deeply"
    except (re.error, OverflowError, ValueError, MemoryError) as error:
        problem = str(error)
    raise TaskError(f"scorer {scorer!r}: {key} {shown(pattern)} is not a pattern: {problem}")
