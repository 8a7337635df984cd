"""``asserts``: what a sample itself demands of its response."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from math import inf, isfinite
from typing import Any, Self, cast

from evalkit.core.frozen import frozen
from evalkit.core.parameters import open_plugin
from evalkit.core.response import Response
from evalkit.core.sample import Assertion, Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.core.text import cut, shown
from evalkit.core.user_code import caught, told
from evalkit.errors import EvalkitError, ScorerError, TaskError, did_you_mean
from evalkit.files.border import reason_of
from evalkit.registry import ASSERTIONS, SCORERS, is_sample_metric, scorer_names
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.metric_value import open_metric_value
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings

#: Parameters that an assertion has unless it says otherwise: ``regex`` asks for a match, whatever the target;
#: texts that mean the same are rarely the same text.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"regex": {"compare": False}, "similar": {"at_least": 0.7}}


@frozen
class Asserts(BaseScorer):
    """1 if all assertions of the sample hold, else 0; the explanation lists those that do not and why.

    An assertion is a scorer with its parameters, by a name of ``registry.ASSERTIONS`` or else of
    ``registry.SCORERS``. It holds if the value is at least ``at_least`` (a parameter that every assertion
    takes, 1 by default) and, where given, at most ``at_most``. A metric that can score one sample alone is an
    assertion too, with one of the two. Raises ScorerError on a sample without assertions and where one of
    them cannot score, TaskError on one that is written wrongly (see ``validate_assertions``).
    """

    name = "asserts"
    kind = "binary"
    gives_answer = False
    columns = None  # an assertion may call a function of the user, which gets the whole sample

    _settings: ScorerSettings | None = field(init=False, repr=False, compare=False, default=None)
    _bound: dict[int, tuple[Check, Check]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer whose assertions have what they need of the session."""
        made = replace(self)
        made._set("_settings", settings)
        return made

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        if not sample.assertions:
            raise ScorerError(f"sample {sample.id!r} has no assertions", hint="give it an 'assert:' list")
        checks = [self._checked(_open(assertion)) for assertion in sample.assertions]
        results = [check.run(sample, response) for check in checks]
        if any(map(inspect.isawaitable, results)):
            return self._awaited(checks, results)
        return self._scored(checks, cast(list[Score], results))

    def _checked(self, check: Check) -> Check:
        """With what it needs of the session, which equal assertions of many samples share."""
        known = self._bound.get(id(check))
        if known is None:
            known = self._bound[id(check)] = check, check.bound(self._settings)
        return known[1]

    async def _awaited(self, checks: list[Check], results: list[Any]) -> Score:
        pairs = zip(checks, results, strict=True)
        return self._scored(checks, await asyncio.gather(*(check.settle(result) for check, result in pairs)))

    def _scored(self, checks: list[Check], results: Sequence[Score]) -> Score:
        failures = []
        judged = [replace(each, scorer=self.name) for result in results for each in result.judgements or ()]
        judgements = tuple(judged) or None
        for check, result in zip(checks, results, strict=True):
            if result.value is None:
                if judgements is None:
                    raise ScorerError(f"{check.text}: {result.error}")
                return Score(self.name, error=f"{check.text}: {result.error}", judgements=judgements)
            if not check.at_least <= result.value <= check.at_most:
                failures.append(f"{check.text}: {result.explanation or f'value {result.value:g}'}")
        if failures:
            return Score(self.name, 0.0, explanation="; ".join(failures), judgements=judgements)
        return Score(self.name, 1.0, judgements=judgements)


@frozen(slots=True)
class Check:
    """One assertion, opened."""

    text: str
    scorer: Scorer
    at_least: float
    at_most: float

    def bound(self, settings: ScorerSettings | None) -> Check:
        """The same check, its scorer with what it needs of the session."""
        scorer = self.scorer if settings is None else self.scorer.bound(settings)
        return self if scorer is self.scorer else replace(self, scorer=scorer)

    def run(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """What the scorer says; a failure to score is a Score with an error."""
        try:
            return self.scorer.score(sample, response)
        except BaseException as error:
            return self._failure(caught(error))

    async def settle(self, result: Score | Awaitable[Score]) -> Score:
        """The Score behind what ``run`` gave."""
        try:
            return await result if inspect.isawaitable(result) else result
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            return self._failure(caught(error))

    def _failure(self, error: Exception) -> Score:
        return Score(self.scorer.name, error=told(error))


def validate_assertions(assertions: Iterable[Assertion]) -> None:
    """Open each assertion once. Raises TaskError (``key`` is ``assert``) on an unknown name, a wrong
    parameter, a pattern or schema that cannot be used, or a function that cannot be loaded."""
    for assertion in assertions:
        _open(assertion)


def bind_assertions(assertions: Iterable[Assertion], settings: ScorerSettings) -> None:
    """Give each of the different assertions once what it needs of the session. Raises UsageError where the
    session does not have it: nobody is to be asked for what cannot be scored."""
    bound: set[int] = set()
    for assertion in assertions:
        check = _open(assertion)  # of equal assertions the same one
        if id(check) not in bound:
            bound.add(id(check))
            check.bound(settings)


def _open(assertion: Assertion) -> Check:
    try:
        return _opened(assertion.name, json.dumps(dict(assertion.params), default=str))
    except TaskError as error:
        error.key = error.key or "assert"
        raise
    except EvalkitError:
        raise
    except Exception as error:
        what = f"assertion {shown(assertion.name)} cannot be used: {reason_of(error)}"
        raise TaskError(what, key="assert") from None


@lru_cache(maxsize=4096)
def _opened(name: str, params_json: str) -> Check:
    """Equal assertions of many samples share what was compiled for them."""
    given = json.loads(params_json)
    text = cut(Assertion(name, given).text, 80)
    params = {**_DEFAULTS.get(name, {}), **given}
    at_least, at_most = (_bound(name, params, key) for key in ("at_least", "at_most"))
    if name not in ASSERTIONS and name not in SCORERS and is_sample_metric(name):
        if at_least is None and at_most is None:
            raise TaskError(f"assertion {name!r} has no bound", hint="add 'at_least: …' or 'at_most: …'")
        scorer: Any = open_metric_value(ScorerSpec(name, params))
    else:
        scorer = _plugin(name, params)
        if at_least is None and at_most is None and _has_grades(scorer):
            low, high = scorer.bounds
            what = f"assertion {name!r} gives {low:g} to {high:g}, and has no bound"
            raise TaskError(what, hint="add 'at_least: …' or 'at_most: …'")
    if at_least is None:
        at_least = 1.0 if at_most is None else -inf
    return Check(text, scorer, at_least, inf if at_most is None else at_most)


def _has_grades(scorer: Scorer) -> bool:
    """Whether its values lie on a scale of their own, where 1 says nothing."""
    return scorer.bounds != (0.0, 1.0) and all(map(isfinite, scorer.bounds))


def _bound(name: str, params: dict[str, Any], key: str) -> float | None:
    value = params.pop(key, None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TaskError(f"assertion {name!r}: {key} {value!r} is not a number")
    return float(value)


def _plugin(name: str, params: Mapping[str, Any]) -> Any:
    try:
        return open_plugin("assertion", name, _class(name), params)
    except EvalkitError as error:
        raise TaskError(error.what, key="assert", hint=error.hint) from None


def _class(name: str) -> Any:
    if name in ASSERTIONS:
        return ASSERTIONS.get(name)
    if name == Asserts.name or name not in SCORERS:
        known = {*ASSERTIONS, *scorer_names()} - {Asserts.name}
        raise TaskError(f"unknown assertion {name!r}", key="assert", hint=did_you_mean(name, known))
    return SCORERS.get(name)
