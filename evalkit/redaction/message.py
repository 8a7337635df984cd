"""An error or a warning as people may see it."""

from __future__ import annotations

from evalkit.core.text import inert
from evalkit.redaction.redact import redact


def message(text: object) -> str:
    """Plain text without credentials, on as many lines as it has."""
    return inert(redact(str(text)))
