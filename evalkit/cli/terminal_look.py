"""Whether what a command prints is read on a terminal: its width, and whether it shows colour.

A pipe or a file gets plain text, always alike. ``NO_COLOR``, not empty, takes colour away
(https://no-color.org); ``FORCE_COLOR`` and ``CLICOLOR_FORCE``, not empty and not ``0``, put colour and
pictures into a pipe too; ``CLICOLOR=0`` and a terminal that calls itself ``dumb`` get none
(https://bixense.com/clicolors).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import IO

from evalkit.cli.printing import WIDTH
from evalkit.core.frozen import frozen
from evalkit.core.text import inert

_CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}
#: Columns of a line that a reader's eye still follows.
_MOST = 160


@frozen(slots=True)
class Look:
    """What this reader sees.

    Attributes:
        has_pictures: whether drawings of characters are wanted.
        width: columns of a line.
    """

    has_color: bool = False
    has_pictures: bool = False
    width: int = WIDTH

    def painted(self, text: str, color: str) -> str:
        """Text that holds nothing a terminal obeys but its own colour; ``color``: a name, or empty."""
        plain = inert(text)
        return f"\x1b[{_CODES[color]}m{plain}\x1b[0m" if self.has_color and color else plain


def look_of(stream: IO[str] | None = None, environment: Mapping[str, str] = os.environ) -> Look:
    """That of a stream, by default what is printed to."""
    stream = stream or sys.stdout
    is_forced = any(environment.get(each, "0") not in ("", "0") for each in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    is_terminal = stream.isatty() and environment.get("TERM") != "dumb"
    if not is_terminal and not is_forced:
        return Look()
    is_colored = is_forced or environment.get("CLICOLOR") != "0"
    width = shutil.get_terminal_size((WIDTH, 24)).columns if stream.isatty() else WIDTH
    return Look(is_colored and not environment.get("NO_COLOR"), _draws(stream), min(max(width, 60), _MOST))


def _draws(stream: IO[str]) -> bool:
    """Whether its encoding has the signs of a drawing."""
    try:
        "├─■┤│◊↔".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
