"""From what was selected to what it would take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from evalkit.cache.cache import ResponseCache
from evalkit.cache.file import FILE_NAME
from evalkit.core.request import Request
from evalkit.core.user_code import caught
from evalkit.errors import EvalkitError
from evalkit.models.model import Model
from evalkit.runner.asking import cached_answer
from evalkit.runner.budget.cost_bound import cost_bound
from evalkit.runner.budget.most_tokens import most_completion, n_bytes
from evalkit.runner.jobs import build_request
from evalkit.runner.scoring import describe
from evalkit.runner.unit import Unit
from evalkit.session.dry_run.estimates import DryEvaluation, DryRun
from evalkit.session.item_spec import ItemSpec
from evalkit.session.options import Options
from evalkit.session.session import EvalSession
from evalkit.session.units import PlannedUnit
from evalkit.store.store import Store
from evalkit.store.usage import EarlierUsage, earlier_usage

#: Bytes of English text, and of many others, that a token stands for.
_BYTES_OF_TOKEN = 4
#: Tokens that a chat template puts around a message.
_FRAME = 4
#: What vendors take for an image, a recording or a file, roughly.
_MEDIA = 1000


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
        return [await _one(each, cache, session) for each in planned]


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


class _Counts:
    """Of the calls of one unit."""

    def __init__(self) -> None:
        self.n_calls = self.prompt_tokens = self.completion_most = 0
        self.is_counted = True

    def add(self, model: Model, request: Request) -> None:
        """One call more."""
        counted = model.count_tokens(request)
        self.n_calls += 1
        self.is_counted &= counted is not None
        self.prompt_tokens += estimated_tokens(request) if counted is None else counted
        self.completion_most += 0 if request.continuations is not None else most_completion(model, request)


def _count(unit: Unit, cache: ResponseCache) -> _Counts:
    counts, model = _Counts(), unit.model
    identity = model.cache_identity
    for sample in unit.samples:
        for repeat in range(unit.n_repeats):
            request = build_request(unit, sample, repeat)
            key = None if identity is None else cache.key(identity, request)
            if key is None or cached_answer(cache, key, request) is None:
                counts.add(model, request)
    return counts


def estimated_tokens(request: Request) -> int:
    """Tokens of a prompt where no tokenizer is at hand: a token for four bytes of text."""
    n_tokens = sum(_FRAME + _estimated(message.text) for message in request.messages)
    n_tokens += _MEDIA * len(request.media)
    if request.continuations is None:
        return n_tokens
    return sum(n_tokens + _estimated(each) for each in request.continuations)  # each behind the prompt


def _estimated(text: str) -> int:
    return -(-n_bytes(text) // _BYTES_OF_TOKEN)


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
