"""What pytest is given to show.

Whatever a model, a dataset or a task file says in it: the terminal, the log of a CI host and the JUnit file
get plain text without credentials.
"""

from __future__ import annotations

import pytest

from evalkit.core.text import inert
from evalkit.redaction.redact import redact


def message(text: object) -> str:
    """An error or a warning, on as many lines as it has."""
    return inert(redact(str(text)))


def usage_error(what: object) -> pytest.UsageError:
    """What ends the session before it begins, with status 4."""
    return pytest.UsageError(message(f"evalkit: {what}"))
