"""From what was selected to what it would take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from evalkit.cache.cache import ResponseCache
from evalkit.cache.file import FILE_NAME
from evalkit.core.user_code import caught
from evalkit.errors import EvalkitError
from evalkit.runner.asking import cached_answer
from evalkit.runner.budget.cost_bound import cost_bound
from evalkit.runner.jobs import build_request
from evalkit.runner.probing import asking_scorers
from evalkit.runner.scoring import describe
from evalkit.runner.unit import Unit
from evalkit.session.dry_run.counts import Counts
from evalkit.session.dry_run.estimates import DryEvaluation, DryRun
from evalkit.session.item_spec import ItemSpec
from evalkit.session.options import Options
from evalkit.session.session import EvalSession
from evalkit.session.units import PlannedUnit
from evalkit.store.store import Store
from evalkit.store.usage import EarlierUsage, earlier_usage


def dry_run(session: EvalSession, items: Sequence[ItemSpec]) -> DryRun:
    """What the session would ask. Models are not started: no key is needed, and no weights are loaded.

    Raises UsageError where the selection cannot be evaluated.
    """
    options = session.options
    planned = session.planned(items)
    with ThreadPoolExecutor(1) as thread:  # the caller may be in an event loop
        evaluations = thread.submit(asyncio.run, _all(planned, session)).result()
    return DryRun(evaluations, options.budget, options.n_rerun, options.is_sequential)


async def _all(planned: Iterable[PlannedUnit], session: EvalSession) -> list[DryEvaluation]:
    options = session.options
    mode = "read" if options.cache in ("readwrite", "read") else "off"
    folder = options.store.parent / "cache"
    if not (folder / FILE_NAME).exists():
        mode = "off"
    with closing(ResponseCache.open(folder, mode)) as cache:
        rows = []
        for each in planned:
            row = await _one(each, cache, session)
            rows.append(row)
            if row.failure is None and each.asked is not None and asking_scorers(each.asked.scorers):
                from evalkit.session.dry_run.judging import judge_rows

                rows += await judge_rows(each.asked, cache, session, row.mean_completion)
        return rows


async def _one(planned: PlannedUnit, cache: ResponseCache, session: EvalSession) -> DryEvaluation:
    task, label, unit = planned.task.task, planned.subject.label, planned.asked
    if unit is None:
        return DryEvaluation(task, label, failure=getattr(planned, "failure", "it cannot be asked"))
    if unit.model.is_recorded:
        return DryEvaluation(task, label, len(unit.samples), n_recorded=unit.n_total)
    try:
        await unit.model.identify()
        counts = _count(unit, cache)
    except BaseException as error:
        return DryEvaluation(task, label, len(unit.samples), failure=describe(caught(error)))
    earlier = _earlier(unit, session.options) or EarlierUsage(None, None, 0)
    n_in = counts.prompt_tokens
    if not counts.is_counted and earlier.prompt_tokens is not None:
        n_in = round(earlier.prompt_tokens * counts.n_calls)
    return DryEvaluation(
        task,
        label,
        len(unit.samples),
        counts.n_calls,
        unit.n_total - counts.n_calls,
        0,
        n_in,
        counts.is_counted,
        counts.completion_most,
        earlier.completion_tokens,
        earlier.n_completions,
        cost_bound(unit.model, session.subjects.prices, is_dearest=False),
    )


def _count(unit: Unit, cache: ResponseCache) -> Counts:
    counts, model = Counts(), unit.model
    identity = model.cache_identity
    for sample in unit.samples:
        for repeat in range(unit.n_repeats):
            request = build_request(unit, sample, repeat)
            key = None if identity is None else cache.key(identity, request)
            if key is None or cached_answer(cache, key, request) is None:
                counts.add(model, request)
    return counts


def _earlier(unit: Unit, options: Options) -> EarlierUsage | None:
    """What answers to the task took before."""
    if not options.store.exists():
        return None
    try:
        with Store.open(options.store, mode="read") as store:
            task, model = unit.prepared.task.task, unit.subject.model.text
            return earlier_usage(store.connection, task, model, unit.prompt.prompt_hash)
    except EvalkitError:
        return None  # what a store of another evalkit knows is no more than a hint
