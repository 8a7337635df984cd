"""One hostile input, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Exit statuses of a session or command that met bad input and said so, or took it as data.
ENDS = frozenset({0, 1, 4, 5})

PLAIN_TASK = """
task: attack/plain
dataset: {file: cases.jsonl}
scorers: [exact_match]
metrics: [accuracy]
gates: [accuracy >= 0.5]
"""

PLAIN_CASES = "".join(f'{{"id": "s{i}", "input": "word {i}", "target": "WORD {i}"}}\n' for i in range(4))


@dataclass(frozen=True)
class Attack:
    """Files that are laid down, then one session or command.

    Attributes:
        border: what kind of input it is.
        name: what is odd about it.
        files: path in the project to content; they replace the plain project's.
        arguments: of pytest (``kind`` is ``pytest``) or of ``evalkit``.
        ends: statuses that are right.
        n: inputs that it tries, where one session carries several.
        must_fail: samples that must not count as answered well: the session must not end with 0.
    """

    border: str
    name: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("suites", "--llm-model=python:app:answer")
    kind: str = "pytest"
    ends: frozenset[int] = ENDS
    n: int = 1
    must_fail: bool = False


def refused(*statuses: int) -> frozenset[int]:
    """Nothing but these will do; 4 where none is named."""
    return frozenset(statuses or (4,))
