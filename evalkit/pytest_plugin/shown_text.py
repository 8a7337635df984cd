"""What pytest is given to show.

Whatever a model, a dataset or a task file says in it: the terminal, the log of a CI host and the JUnit file
get plain text without credentials.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.text import inert
from evalkit.redaction.message import message
from evalkit.report.look import Look, look_of


def make_inert(longrepr: Any) -> None:
    """Let a failure as pytest shows it, with its diffs of what a model answered, obey nothing."""
    for traceback, crash, _ in getattr(longrepr, "chain", ()):
        if crash is not None:
            crash.message = inert(crash.message)
        for entry in traceback.reprentries:
            for lines in (entry, getattr(entry, "reprlocals", None)):
                if lines is not None:
                    lines.lines[:] = map(inert, lines.lines)
            arguments = getattr(entry, "reprfuncargs", None)
            if arguments is not None:
                arguments.args[:] = [(name, inert(str(value))) for name, value in arguments.args]


def usage_error(what: object) -> pytest.UsageError:
    """What ends the session before it begins, with status 4."""
    return pytest.UsageError(message(f"evalkit: {what}"))


def look_of_session(config: pytest.Config) -> Look:
    """What the terminal of this session shows; whether in colour is pytest's to say (``--color``)."""
    writer: Any = config.get_terminal_writer()
    return look_of(writer._file, width=writer.fullwidth, has_color=writer.hasmarkup)
