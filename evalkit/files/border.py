"""The border of loading: whatever goes wrong behind it is one error that says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from evalkit.errors import EvalkitError

_MOST_CHARS = 300


@contextmanager
def told_as(error: type[EvalkitError], where: str | Callable[[], str], what: str = "") -> Iterator[None]:
    """Turns any exception inside into ``error`` at ``where`` (a function is asked once something went wrong).

    evalkit's own errors, and warnings that were asked to be errors, pass as they are. What a user interrupts
    is not an exception of the reader and passes too.
    """
    try:
        yield
    except (EvalkitError, Warning):
        raise
    except Exception as problem:
        place = where if isinstance(where, str) else where()
        text = f"{what}: {reason_of(problem)}" if what else reason_of(problem)
        raise error(text, where=place) from None


def reason_of(problem: BaseException) -> str:
    """One line about an exception of a library, in words where its own would not be understood."""
    if isinstance(problem, EvalkitError):
        return str(problem)
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    if isinstance(problem, MemoryError):
        return "it needs more memory than there is"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    text = " ".join(str(problem).split())
    if "integer string conversion" in text:
        return "it holds a whole number of more than 4,300 digits"
    if "embedded null" in text:
        return "a path holds a NUL character"
    text = text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
