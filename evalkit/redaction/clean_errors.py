"""What is raised to the caller of a function, without credentials."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from evalkit.errors import EvalkitError
from evalkit.redaction.redact import redact


@contextlib.contextmanager
def clean_errors() -> Iterator[None]:
    """Errors of evalkit go on with their credentials cut: a notebook keeps what it shows."""
    try:
        yield
    except EvalkitError as error:
        error.what = redact(error.what)
        error.where = None if error.where is None else redact(error.where)
        error.hint = None if error.hint is None else redact(error.hint)
        error.args = (error.what,)
        raise
