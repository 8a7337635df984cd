"""Blocks on the terminal that a command prints to."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.cli.printing import print_lines
from evalkit.report.look import look_of
from evalkit.report.plain_blocks import APART, plain_sections
from evalkit.report.sections import Section


def print_sections(sections: Iterable[Section], *, is_dense: bool = False) -> None:
    """One below the other, with an empty line between them; ``is_dense`` as in the summary of a session."""
    print_lines(plain_sections(sections, look_of(), apart=APART if is_dense else None))
