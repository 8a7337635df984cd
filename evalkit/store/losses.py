"""What was put aside while somebody watches: how a command ends does not hang on who folded for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_SEEN: ContextVar[list[str] | None] = ContextVar("evalkit_losses", default=None)


@contextmanager
def watched_losses() -> Iterator[list[str]]:
    """Rows that folds within the ``with`` could not store, one text for each file."""
    seen: list[str] = []
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


def note_losses(texts: Sequence[str]) -> None:
    """Called by whoever folds."""
    seen = _SEEN.get()
    if seen is not None:
        seen += texts
