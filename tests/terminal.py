"""A command in a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

#: What would speak for or against colour, or for another width.
_ASIDE = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "CI", "PY_COLORS")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def in_terminal(words: Sequence[str], folder: Path, columns: int, **environment: str) -> str:
    """What ``python -m WORDS`` shows on a terminal that is so wide, colours included."""
    main, own = pty.openpty()
    fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in _ASIDE}
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**kept, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment},
        stdin=subprocess.DEVNULL,
        stdout=own,
        stderr=own,
    ):
        os.close(own)
        found = b""
        while piece := _read(main):
            found += piece
    os.close(main)
    return found.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """The same without colours."""
    return _COLOR.sub("", text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux ends a terminal that nobody holds any more so
        return b""
