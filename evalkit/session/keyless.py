"""Models without a key: they may answer from the response cache, and from nowhere else.

A key that is missing ends the session before the first call, whatever else is asked, as soon as it is known
that something must be asked: at the start where no cache can answer, else once the requests are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evalkit.cache.cache import ResponseCache
from evalkit.cache.file import FILE_NAME
from evalkit.core.text import plural, shown_path
from evalkit.errors import MissingKeyError
from evalkit.models.model import Model
from evalkit.runner.jobs import requests_at
from evalkit.runner.scoring import describe
from evalkit.runner.unit import Unit
from evalkit.session.options import Options
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit


def refuse_without_cache(models: Iterable[Model], options: Options) -> None:
    """Raises MissingKeyError for the first model without a key, where the cache answers nothing."""
    is_answering = options.cache in ("readwrite", "read")
    if is_answering and (options.store.parent / "cache" / FILE_NAME).exists():
        return
    for model in models:
        if model.missing_key is not None:
            raise model.missing_key


def refuse_uncached(
    planned: Sequence[PlannedUnit], cache: ResponseCache, *, is_worker: bool
) -> list[PlannedUnit]:
    """The units, where every model without a key is asked only what the cache has.

    Raises MissingKeyError where one is not. A worker of pytest-xdist cannot end the session by that: there
    the unit is broken, and nothing of it is asked.
    """
    return [_checked(each, cache, is_worker=is_worker) for each in planned]


def _checked(planned: PlannedUnit, cache: ResponseCache, *, is_worker: bool) -> PlannedUnit:
    if not isinstance(planned, ReadyUnit) or planned.unit.model.missing_key is None:
        return planned
    error = _uncached(planned.unit, planned.unit.model.missing_key, cache)
    if error is None:
        return planned
    if not is_worker:
        raise error
    return BrokenUnit(planned.task, planned.subject, planned.items, planned.evaluation, describe(error))


def _uncached(unit: Unit, missing: MissingKeyError, cache: ResponseCache) -> MissingKeyError | None:
    identity = unit.model.cache_identity
    lacking = [
        request
        for request in requests_at((unit, position) for position in range(unit.n_total))
        if identity is None or cache.get(cache.key(identity, request)) is None
    ]
    if not lacking:
        return None
    task, sample = unit.prepared.task, lacking[0].sample.id
    of = f"{len(lacking):,} of {plural(unit.n_total, 'request')} of task {task.task}"
    file = shown_path(task.source.resolve(), Path.cwd()) if task.source else "TASKFILE"
    return MissingKeyError(
        f"{missing.what}, and {of} are not in the response cache, the first one sample {sample!r}",
        hint=f"{missing.hint}; 'evalkit cache explain {file} {sample} --model=SPEC' says what differs",
    )
