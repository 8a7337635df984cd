"""What judges would be asked of an evaluation: its scorers ask about each answer, and none is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import EvalkitError
from evalkit.models.model import Model
from evalkit.runner.asking import cached_answer
from evalkit.runner.budget.cost_bound import cost_bound
from evalkit.runner.jobs import build_request
from evalkit.runner.probing import judge_requests, longest_answer
from evalkit.runner.unit import Unit
from evalkit.session.dry_run.counts import Counts
from evalkit.session.dry_run.estimates import DryEvaluation
from evalkit.session.session import EvalSession
from evalkit.store.store import Store
from evalkit.store.usage import EarlierUsage, earlier_judging


@dataclass
class _OfJudge:
    """Calls of one judge Model."""

    model: Model
    counts: Counts = field(default_factory=Counts)
    n_cached: int = 0


async def judge_rows(
    unit: Unit, cache: ResponseCache, session: EvalSession, mean_completion: float | None
) -> list[DryEvaluation]:
    """A row for each judge of an evaluation. What is repeated as it could not be read is not counted.

    Args:
        mean_completion: tokens of an earlier answer of the Subject, which an answer to come is taken to be
            as long as; None for ``max_tokens``.
    """
    stand_in = longest_answer(round(mean_completion or unit.generate.max_tokens))
    found: dict[str, _OfJudge] = {}
    identified: set[int] = set()
    for sample, answer in _answers(unit, cache):
        asked = await judge_requests(unit.scorers, sample, answer or stand_in)
        for model, request in asked:
            if id(model) not in identified:
                identified.add(id(model))
                await model.identify()
            its = found.setdefault(model.spec.text, _OfJudge(model))
            if answer is not None and is_cached(cache, model, request):
                its.n_cached += 1
            else:
                its.counts.add(model, request)
    return [_row(unit, label, its, session) for label, its in found.items()]


def is_cached(cache: ResponseCache, model: Model, request: Request) -> bool:
    """Whether the cache has the answer."""
    identity = model.cache_identity
    return identity is not None and cached_answer(cache, cache.key(identity, request), request) is not None


def _answers(unit: Unit, cache: ResponseCache) -> Iterator[tuple[Sample, Response | None]]:
    """Each Sample and repeat, with the answer where the cache has it."""
    identity = unit.model.cache_identity
    for sample in unit.samples:
        for repeat in range(unit.n_repeats):
            found = None
            if identity is not None:
                request = build_request(unit, sample, repeat)
                found = cached_answer(cache, cache.key(identity, request), request)
            yield sample, found


def _row(unit: Unit, label: str, its: _OfJudge, session: EvalSession) -> DryEvaluation:
    earlier = _earlier(unit, label, session) or EarlierUsage(None, None, 0)
    counts = its.counts
    return DryEvaluation(
        unit.prepared.task.task,
        f"judge {label}",
        len(unit.samples),
        counts.n_calls,
        its.n_cached,
        0,
        counts.prompt_tokens,
        counts.is_counted,
        counts.completion_most,
        earlier.completion_tokens,
        earlier.n_completions,
        cost_bound(its.model, session.subjects.prices, is_dearest=False),
        is_judge=True,
    )


def _earlier(unit: Unit, label: str, session: EvalSession) -> EarlierUsage | None:
    """What the judge's answers about the task took before."""
    store = session.options.store
    if not store.exists():
        return None
    try:
        with Store.open(store, mode="read") as opened:
            return earlier_judging(opened.connection, unit.prepared.task.task, label)
    except EvalkitError:
        return None  # what a store of another evalkit knows is no more than a hint
