"""``[tool.evalkit.limits]``: requests and tokens a minute for models by the pattern of their spec."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evalkit.core.subject import ModelSpec
from evalkit.errors import UsageError, did_you_mean
from evalkit.models.pacing.rate_limits import NO_RATE_LIMITS, RateLimits, rate
from evalkit.registry import MODELS

TABLE = "tool.evalkit.limits"
_KEYS = tuple(each.name for each in fields(RateLimits))
_WILD = frozenset("*?[")


class LimitRules:
    """The rules of a project, in the order of the file.

    Args:
        table: pattern to its limits, as it was read.
        file: where it was read, for messages.
        aliases: names of models that a pattern may be.

    Raises UsageError naming the file and the key.
    """

    def __init__(self, table: Any, file: Path, aliases: Collection[str]) -> None:
        self._file = file
        if not isinstance(table, Mapping):
            raise self._error(TABLE, "is not a table", 'write "openai/gpt-4o*" = {rpm = 500}')
        for pattern in table:
            self._check_pattern(pattern, aliases)
        self._rules = [(pattern, self._rates(pattern, given)) for pattern, given in table.items()]

    def rates(self, spec: ModelSpec) -> RateLimits:
        """What holds for a model: of each limit the one that the first fitting pattern says."""
        found = NO_RATE_LIMITS
        for pattern, rates in self._rules:
            if any(fnmatchcase(name, pattern) for name in _names(spec)):
                found = found.over(rates)
        return found

    def _check_pattern(self, pattern: str, aliases: Collection[str]) -> None:
        provider = pattern.partition("/")[0].partition(":")[0]
        if not _WILD.isdisjoint(provider) or pattern in aliases:
            return
        if provider == pattern and _WILD.isdisjoint(pattern):
            raise self._error(_place(pattern), "names no model", did_you_mean(pattern, aliases))
        if provider not in MODELS:
            what = f"names a provider {provider!r} that is not known"
            raise self._error(_place(pattern), what, did_you_mean(provider, MODELS))

    def _rates(self, pattern: str, given: Any) -> RateLimits:
        if not isinstance(given, Mapping):
            raise self._error(
                _place(pattern), f"is {given!r} and no table", "write {rpm = 500, tpm = 100_000}"
            )
        for key in given:
            if key not in _KEYS:
                raise self._error(_place(pattern, key), "is not known", did_you_mean(key, _KEYS))
        return RateLimits.of({key: self._number(pattern, key, value) for key, value in given.items()})

    def _number(self, pattern: str, key: str, value: Any) -> float:
        try:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError("write a number above 0: how many a minute")
            return rate(str(value))
        except ValueError as error:
            raise self._error(_place(pattern, key), f"is {value!r}", str(error)) from None

    def _error(self, key: str, what: str, hint: str) -> UsageError:
        return UsageError(f"{key} {what}", where=str(self._file), hint=hint)


def _names(spec: ModelSpec) -> Iterable[str]:
    """What a pattern may fit: the alias or the whole spec, and the spec without its parameters."""
    return spec.text, f"{spec.provider}/{spec.name}", f"{spec.provider}:{spec.name}"


def _place(*keys: str) -> str:
    return ".".join([TABLE, f'"{keys[0]}"', *keys[1:]])
