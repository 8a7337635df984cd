"""JSON in a model's output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from evalkit.limits.patterns import BoundedPattern

_FENCED = BoundedPattern.of(r"```[ \t]*[\w+-]*[ \t]*\r?\n(.*?)```", re.DOTALL)


def read_json(text: str) -> tuple[Any, str]:
    """The JSON value that a text is, or that its first readable fenced block is, and its own text.

    ``NaN`` and ``Infinity`` are not JSON. Raises ValueError that says in one clause what is wrong.
    """
    problem = None
    for candidate in _candidates(text):
        try:
            return json.loads(candidate, parse_constant=_refuse), candidate
        except RecursionError:
            problem = problem or "is nested too deeply"
        except ValueError as error:
            problem = problem or f"is not JSON: {error}"
    raise ValueError(problem)


def _candidates(text: str) -> Iterator[str]:
    blocks = [block.strip() for block in _FENCED.every(text)] if "```" in text else []
    yield from blocks or [text.strip()]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")
