"""What a session that began now would ask about one sample, and whether the response cache has it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.cache.cache import ResponseCache
from evalkit.cache.entries import entries_near, entries_of
from evalkit.cache.nearest import key_of, nearest
from evalkit.cache.parts import input_digest
from evalkit.core.request import Request
from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.errors import StoreError, UsageError
from evalkit.models.model import Model
from evalkit.runner.jobs import build_request
from evalkit.session.session import EvalSession
from evalkit.session.stored.answered import Explained, input_of
from evalkit.session.units import BrokenUnit
from evalkit.store.store import Store


def explain_now(
    session: EvalSession, tasks: Sequence[Task], directory: Path, sample_id: str, repeat: int
) -> list[Explained]:
    """One answer for each Task and Subject of a session that has not begun; nothing is asked.

    Raises UsageError where no task has the sample, or a model's answers are never cached.
    """
    cache = ResponseCache.open(directory, "read")
    try:
        store = Store.open(session.options.store)
    except StoreError:
        store = None
    try:
        found = [
            _explain(cache, store, directory, subject, model, request)
            for subject, model, request in _requests(session, tasks, sample_id, repeat)
        ]
    finally:
        cache.close()
        if store is not None:
            store.close()
    if not found:
        raise UsageError(
            f"no task has a sample {sample_id!r}", hint="'evalkit show' and the dataset show the ids"
        )
    return found


def _requests(
    session: EvalSession, tasks: Sequence[Task], sample_id: str, repeat: int
) -> Iterator[tuple[Subject, Model, Request]]:
    book = session.tasks
    pairs = [(whole, subject) for whole in map(book.whole, tasks) for subject in book.subjects_of(whole)]
    for planned in session.planner().plan([], pairs):
        if isinstance(planned, BrokenUnit):
            raise UsageError(planned.failure, where=planned.task.task)
        unit = planned.unit
        for sample in unit.samples:
            if sample.id == sample_id:
                yield unit.subject, unit.model, build_request(unit, sample, repeat)


def _explain(
    cache: ResponseCache,
    store: Store | None,
    directory: Path,
    subject: Subject,
    model: Model,
    request: Request,
) -> Explained:
    identity = asyncio.run(_identity(model))
    if identity is None:
        hint = "those of an application are cached with ?revision=; recorded ones need no cache"
        raise UsageError(f"answers of {model.spec.text} are never cached", hint=hint)
    key = cache.key(identity, request).hex()
    entry = next(iter(entries_of(directory, key)), None)
    about = request.task, subject.label, request.sample.id, request.repeat
    if entry is not None and entry.response.error is None:
        return Explained(*about, "cached", entry, None)
    others = entries_near(directory, request.sample.id, input_digest(request.text))
    found = nearest(key_of(identity, request), others, lambda each: input_of(store, each))
    return Explained(*about, "to be asked", None, found)


async def _identity(model: Model) -> Mapping[str, Any] | None:
    """Weights have their revision once they were looked at; nothing is loaded, and nobody is asked."""
    try:
        await model.identify()
        return model.cache_identity
    finally:
        await model.close()
