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

from evalkit.core.encodings import in_encoding
from evalkit.core.frozen import frozen
from evalkit.core.text import inert

#: Columns of a line where nobody says how wide the terminal is.
WIDTH = 110
_CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}
#: Columns of a line that a reader's eye still follows, and the fewest that a table is made for.
_MOST, _LEAST = 160, 60


@frozen(slots=True)
class Look:
    """What this reader sees.

    Attributes:
        has_pictures: whether drawings of characters are wanted.
        width: columns of a line.
        has_edge: whether a longer line is broken there; in a pipe it is not, and names stay whole.
        encoding: of the stream; what it does not have is shown by other signs.
    """

    has_color: bool = False
    has_pictures: bool = False
    width: int = WIDTH
    has_edge: bool = False
    encoding: str | None = "utf-8"

    def painted(self, text: str, color: str = "") -> str:
        """Text that holds nothing a terminal obeys but its own colour; ``color``: a name, or empty."""
        plain = self.shown(text)
        return f"\x1b[{_CODES[color]}m{plain}\x1b[0m" if self.has_color and color and plain else plain

    def shown(self, text: str) -> str:
        """The same without colour."""
        return in_encoding(inert(text), self.encoding)


def look_of(
    stream: IO[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    width: int | None = None,
    has_color: bool | None = None,
) -> Look:
    """That of a stream, by default what is printed to.

    Args:
        width: of its lines, where a host knows it.
        has_color: whether the host of the session wants colour, where there is one.
    """
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None)
    is_forced = any(environment.get(each, "0") not in ("", "0") for each in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    is_terminal = stream.isatty() and environment.get("TERM") != "dumb"
    if not is_terminal and not is_forced and not has_color:
        return Look(encoding=encoding)
    if has_color is None:
        has_color = (is_forced or environment.get("CLICOLOR") != "0") and not environment.get("NO_COLOR")
    if not stream.isatty():
        width = WIDTH
    elif width is None:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
    return Look(has_color, True, min(max(width, _LEAST), _MOST), is_terminal, encoding)
