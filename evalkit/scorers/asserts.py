"""``asserts``: what a sample itself demands of its response."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Self, cast

from evalkit.core.parameters import open_plugin
from evalkit.core.response import Response
from evalkit.core.sample import Assertion, Sample
from evalkit.core.score import Score
from evalkit.core.text import cut
from evalkit.errors import EvalkitError, ScorerError, TaskError, did_you_mean
from evalkit.registry import ASSERTIONS, SCORERS
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings, bound

#: Parameters that an assertion has unless it says otherwise: ``regex`` asks for a match, whatever the target.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"regex": {"compare": False}}


@dataclass(frozen=True)
class Asserts(BaseScorer):
    """1 if all assertions of the sample hold, else 0; the explanation lists those that do not and why.

    An assertion is a scorer with its parameters, by a name of ``registry.ASSERTIONS`` or else of
    ``registry.SCORERS``. It holds if the value is at least ``at_least`` (a parameter that every assertion
    takes, 1 by default). Raises ScorerError on a sample without assertions and where one of them cannot
    judge, TaskError on one that is written wrongly (see ``validate_assertions``).
    """

    name = "asserts"

    _settings: ScorerSettings | None = field(init=False, repr=False, compare=False, default=None)

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer whose assertions have what they need of the session."""
        made = replace(self)
        made._set("_settings", settings)
        return made

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        if not sample.assertions:
            raise ScorerError(f"sample {sample.id!r} has no assertions", mend="give it an 'assert:' list")
        checks = [_open(assertion).bound(self._settings) for assertion in sample.assertions]
        results = [check.run(sample, response) for check in checks]
        if any(map(inspect.isawaitable, results)):
            return self._awaited(checks, results)
        return self._judged(checks, cast(list[Score], results))

    async def _awaited(self, checks: list[Check], results: list[Any]) -> Score:
        pairs = zip(checks, results, strict=True)
        return self._judged(checks, await asyncio.gather(*(check.settle(result) for check, result in pairs)))

    def _judged(self, checks: list[Check], results: Sequence[Score]) -> Score:
        failures = []
        for check, result in zip(checks, results, strict=True):
            if result.value is None:
                raise ScorerError(f"{check.text}: {result.error}")
            if result.value < check.at_least:
                failures.append(f"{check.text}: {result.explanation or f'value {result.value:g}'}")
        if failures:
            return self._wrong("; ".join(failures))
        return Score(self.name, 1.0)


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion, opened."""

    text: str
    scorer: Scorer
    at_least: float

    def bound(self, settings: ScorerSettings | None) -> Check:
        """The same check, its scorer with what it needs of the session."""
        scorer = self.scorer if settings is None else bound(self.scorer, settings)
        return self if scorer is self.scorer else replace(self, scorer=scorer)

    def run(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """What the scorer says; a failure to judge is a Score with an error."""
        try:
            return self.scorer.score(sample, response)
        except Exception as error:
            return self._failure(error)

    async def settle(self, result: Score | Awaitable[Score]) -> Score:
        """The Score behind what ``run`` gave."""
        try:
            return await result if inspect.isawaitable(result) else result
        except Exception as error:
            return self._failure(error)

    def _failure(self, error: Exception) -> Score:
        text = str(error) if isinstance(error, EvalkitError) else f"{type(error).__name__}: {error}"
        return Score(self.scorer.name, error=text)


def validate_assertions(assertions: Iterable[Assertion]) -> None:
    """Open each assertion once. Raises TaskError (``key`` is ``assert``) on an unknown name, a wrong
    parameter, a pattern or schema that cannot be used, or a function that cannot be loaded."""
    for assertion in assertions:
        _open(assertion)


def _open(assertion: Assertion) -> Check:
    try:
        return _opened(assertion.name, json.dumps(dict(assertion.params), default=str))
    except TaskError as error:
        error.key = error.key or "assert"
        raise


@lru_cache(maxsize=4096)
def _opened(name: str, params_json: str) -> Check:
    """Equal assertions of many samples share what was compiled for them."""
    params = json.loads(params_json)
    text = cut(Assertion(name, params).text, 80)
    at_least = params.pop("at_least", 1.0)
    if isinstance(at_least, bool) or not isinstance(at_least, int | float):
        raise TaskError(f"assertion {name!r}: at_least {at_least!r} is not a number")
    try:
        scorer = open_plugin("assertion", name, _class(name), {**_DEFAULTS.get(name, {}), **params})
    except EvalkitError as error:
        raise TaskError(error.what, key="assert", mend=error.mend) from None
    return Check(text, scorer, float(at_least))


def _class(name: str) -> Any:
    if name in ASSERTIONS:
        return ASSERTIONS.get(name)
    if name == Asserts.name or name not in SCORERS:
        known = (set(ASSERTIONS) | set(SCORERS)) - {Asserts.name}
        raise TaskError(f"unknown assertion {name!r}", key="assert", mend=did_you_mean(name, known))
    return SCORERS.get(name)
