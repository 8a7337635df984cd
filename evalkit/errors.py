"""The exception tree. Every error says what happened, where it was seen, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

#: How a call can fail that says something of the whole model: a refused key, an unknown model, a refusal that
#: may be the text's, nobody there, a broken server or answer, too many requests, no answer in time.
FailureKind = Literal["key", "missing", "forbidden", "unreachable", "broken", "busy", "late"]

_MOST_CHARS = 3_000


class EvalkitError(Exception):
    """Base of everything that evalkit raises on purpose.

    Args:
        what: one clause that says what happened and what was found.
        where: file, line, key or sample where it was found, e.g. ``suites/a.eval.yaml:12``, or None.
        hint: one clause that says what to do about it, or None.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        # A value that is shown may be of any length; who reads the error reads its beginning.
        what = what if len(what) <= _MOST_CHARS else f"{what[:_MOST_CHARS]}…"
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        # The state carries what subclasses add: a key, whether asking again may help.
        return (_rebuild, (type(self), self.what, self.where, self.hint), self.__dict__)


def _rebuild(cls: type[EvalkitError], what: str, where: str | None, hint: str | None) -> EvalkitError:
    error = cls.__new__(cls)
    EvalkitError.__init__(error, what, where=where, hint=hint)
    return error


class UsageError(EvalkitError):
    """The user asked for something that cannot be done as asked; the process exits with status 4."""


class GateError(EvalkitError):
    """Results did not pass; raised if a caller asks for an exception."""


class UnknownNameError(UsageError):
    """A name that no registry knows; ``hint`` carries what is near it."""


class MissingExtraError(UsageError):
    """A dependency that an extra brings is not installed; ``hint`` carries the pip line."""


class ModelSpecError(UsageError):
    """A model spec that cannot be read: ``provider/name[?param=value&…]`` was expected."""


class MissingKeyError(ModelSpecError):
    """A model needs a key that nobody has set."""


class TaskError(UsageError):
    """A task that cannot be run as written. ``key`` names the offending key of the task file,
    dotted where it is inside another (``generate.stop``)."""

    def __init__(
        self, what: str, *, key: str | None = None, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.key = key


class DatasetError(UsageError):
    """Rows that cannot be loaded: a missing file, an empty set, duplicate ids, an unknown column."""


class TemplateError(UsageError):
    """A template that cannot be compiled, or that names a field the row does not have."""


class StoreError(UsageError):
    """The results store cannot be used."""


class StoreLockedError(StoreError):
    """Another process holds the store; retries did not get it within the bound."""


class StoreVersionError(StoreError):
    """The store was written by a newer version of evalkit."""


class SandboxError(UsageError):
    """Model-written code cannot be run as asked: no level holds here, or the one named does not."""


class ModelError(EvalkitError):
    """One call to a model failed. The sample becomes an error row; no other sample is affected.

    Args:
        is_retryable: whether asking again may help (429, 5xx, timeouts, dropped connections).
        retry_after_s: seconds that the server asks to wait, if it says so.
        kind: what it says about the model, so that one that fails for good is given up; None if only this
            call failed. A failure that may be repeated counts as ``broken`` unless it says otherwise.
        code: the server's own word for it (``content_filter``), if it has one.

    Attributes:
        retries, throttled: attempts that failed before the last one, and how many of them were rejected by a
            rate limit (429); None if nobody counted.
    """

    retries: int | None = None
    throttled: int | None = None

    def __init__(
        self,
        what: str,
        *,
        is_retryable: bool = False,
        retry_after_s: float | None = None,
        kind: FailureKind | None = None,
        code: str | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.code = code
        self.is_retryable = is_retryable
        self.retry_after_s = retry_after_s
        self.kind: FailureKind | None = kind or ("broken" if is_retryable else None)


class BudgetSpentError(EvalkitError):
    """A call was not made, or not repeated: the budget of the session has no room for it."""

    def __init__(self) -> None:
        super().__init__("the budget of the session is spent")


class BatchPendingError(EvalkitError):
    """Requests are in batches that have not ended: nothing is decided yet, and the same command collects them
    later."""


class LimitError(EvalkitError):
    """Something that a task's author wrote (a pattern, a schema) took more time than it may take."""


class ScorerError(EvalkitError):
    """A scorer could not score one response; the score becomes an error row, never a zero."""


class UserCodeError(EvalkitError):
    """Code of the user's raised something that would have ended a thread, a task or the whole session."""


class MetricError(EvalkitError):
    """A metric has no value for the data: it could not be computed, or is undefined (UndefinedError)."""


class UndefinedError(MetricError):
    """A metric was computed but has no value on these data: only one class, no variance, unknown prices."""


#: Names that an error lists: all of a registry, and not all samples of a dataset.
_MOST_KNOWN = 150


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """A hint that names up to three near spellings of ``seen``, or all that is known when nothing is near."""
    names = sorted(known)
    near = difflib.get_close_matches(seen, names, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    if not names:
        return "nothing is registered"
    rest = f" and {len(names) - _MOST_KNOWN:,} more" if len(names) > _MOST_KNOWN else ""
    return "known: " + ", ".join(names[:_MOST_KNOWN]) + rest
