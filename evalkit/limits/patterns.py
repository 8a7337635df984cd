"""Patterns that a task brings: ``re`` as it is, with a bound on its time where its form does not give one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol, Self

from evalkit.errors import LimitError
from evalkit.limits.helper import call
from evalkit.limits.pattern_cost import safe_chars

#: Texts on which a pattern may run out of time before it is given up.
MOST_LATE = 3
_MOST_SHOWN = 80


class Found(Protocol):
    """What a match tells: part of ``re.Match``."""

    def __getitem__(self, group: int | str, /) -> str | None: ...

    def groups(self) -> Sequence[str | None]:
        """All groups but the whole match."""
        ...


class BoundedPattern:
    """A compiled pattern, used here where its form says that a text cannot take long, and else in a helper
    process: the answer is that of ``re`` to the letter.

    Every search raises LimitError, which names the pattern, where it takes more than a second of processor
    time; after three such texts the pattern is not tried again.
    """

    def __init__(self, compiled: re.Pattern[str]) -> None:
        self.compiled = compiled
        self._safe_chars = safe_chars(compiled)
        self._n_late = 0

    @classmethod
    def of(cls, pattern: str, flags: int = 0) -> Self:
        """Compile it. Raises re.error, OverflowError, RecursionError."""
        return cls(re.compile(pattern, flags))

    def first(self, text: str) -> Found | None:
        """The first match anywhere, as ``search``."""
        if len(text) <= self._safe_chars:
            return self.compiled.search(text)
        return _found(self._ask("first", text), self.compiled)

    def last(self, text: str) -> Found | None:
        """The last match that ``finditer`` gives."""
        if len(text) <= self._safe_chars:
            return _last(self.compiled, text)
        return _found(self._ask("last", text), self.compiled)

    def every(self, text: str) -> list[Any]:
        """All matches, as ``findall``."""
        if len(text) <= self._safe_chars:
            return self.compiled.findall(text)
        found: list[Any] = self._ask("every", text)
        return found

    def replaced(self, text: str, by: str) -> str:
        """Matches replaced by a template, as ``sub``. Raises re.error on a wrong one."""
        if len(text) <= self._safe_chars:
            return self.compiled.sub(by, text)
        made: str = self._ask("replaced", text, by)
        return made

    def _ask(self, operation: str, *arguments: str) -> Any:
        pattern = self.compiled.pattern
        shown = repr(pattern) if len(pattern) <= _MOST_SHOWN else f"{pattern[:_MOST_SHOWN]!r}…"
        if self._n_late >= MOST_LATE:
            raise LimitError(f"pattern {shown} is given up: it took too long on {MOST_LATE} texts")
        try:
            target = f"{__name__}:apply"
            return call(target, operation, pattern, self.compiled.flags, *arguments, what=f"pattern {shown}")
        except LimitError:
            self._n_late += 1
            raise


class _Answer:
    """A match that was found in the helper process."""

    def __init__(self, groups: Sequence[str | None], names: Any) -> None:
        self._groups = groups
        self._names = names

    def __getitem__(self, group: int | str, /) -> str | None:
        return self._groups[self._names[group] if isinstance(group, str) else group]

    def groups(self) -> Sequence[str | None]:
        return self._groups[1:]


def apply(operation: str, pattern: str, flags: int, text: str, by: str = "") -> Any:
    """What the helper process does: groups of a match with the whole in front, None, a list, or a text."""
    compiled = _compiled(pattern, flags)
    if operation == "replaced":
        return compiled.sub(by, text)
    if operation == "every":
        return compiled.findall(text)
    match = compiled.search(text) if operation == "first" else _last(compiled, text)
    return None if match is None else (match[0], *match.groups())


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _last(compiled: re.Pattern[str], text: str) -> re.Match[str] | None:
    match = None
    for match in compiled.finditer(text):  # noqa: B007 - the last one stays
        pass
    return match


def _found(groups: Sequence[str | None] | None, compiled: re.Pattern[str]) -> Found | None:
    return None if groups is None else _Answer(groups, compiled.groupindex)
