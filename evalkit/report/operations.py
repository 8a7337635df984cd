"""What an evaluation took: latency, tokens, cost, errors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

from evalkit.core.account import Account, is_spent
from evalkit.core.columns import column_of
from evalkit.core.error_kinds import OTHER
from evalkit.core.observations import Observations
from evalkit.core.response import TITLES, Response
from evalkit.core.tally import Tally
from evalkit.metrics.operations.speed import tokens_per_second
from evalkit.report.data import ErrorGroup, Operations


def quantile(ascending: Sequence[float], share: float) -> float | None:
    """The ``share`` quantile (0..1) of ascending values, linear between neighbours (numpy's default)."""
    if not ascending:
        return None
    position = share * (len(ascending) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (position - below)


def measure(observations: Observations) -> Operations:
    """Add up one evaluation. Sums leave out what is unknown and say how many that were."""
    responses = observations.responses
    own_errors, latencies_of = column_of(responses, "error"), column_of(responses, "latency_s")
    is_answered = [error is None for error in own_errors]
    n_answered = sum(is_answered)

    def answered(name: str) -> list[Any]:
        return list(compress(column_of(responses, name), is_answered))

    def known(name: str) -> list[Any]:
        return [value for value in answered(name) if value is not None]

    latencies = sorted(value for value in latencies_of if value is not None)
    prompt, counts, costs = known("prompt_tokens"), answered("completion_tokens"), known("cost_usd")
    completion = [n for n in counts if n is not None]
    queues, firsts = sorted(known("queue_s")), sorted(known("ttft_s"))
    speeds = map(tokens_per_second, counts, compress(latencies_of, is_answered))
    errors = row_errors(observations)
    cost_usd = math.fsum(costs) if costs else None
    return Operations(
        n=len(responses),
        n_errors=sum(error is not None for error in errors),
        n_cached=sum(column_of(responses, "is_cached")),
        latencies_s=tuple(latencies),
        latency_p50_s=quantile(latencies, 0.5),
        latency_p95_s=quantile(latencies, 0.95),
        prompt_tokens=sum(prompt) if prompt else None,
        completion_tokens=sum(completion) if completion else None,
        queue_p50_s=quantile(queues, 0.5),
        details={name: _sum_of(known(name)) for name in DETAILS},
        cost_usd=cost_usd,
        cost_usd_mean=None if cost_usd is None else cost_usd / len(costs),
        ttft_p50_s=quantile(firsts, 0.5),
        ttft_p95_s=quantile(firsts, 0.95),
        tokens_per_s_p50=quantile(sorted(speed for speed in speeds if speed is not None), 0.5),
        n_answered=n_answered,
        n_without_prompt_tokens=n_answered - len(prompt),
        n_without_tokens=n_answered - len(completion),
        n_without_cost=n_answered - len(costs),
        errors=group_errors(errors, observations.sample_ids),
        tally=Tally.of(answered("finish_reason"), answered("model_revision"), account_of(responses)),
    )


def account_of(responses: Sequence[Response]) -> Account:
    """What they cost and how others failed, as the store adds it up."""
    columns = {name: column_of(responses, name) for name in _OF_ACCOUNT}
    costs, sources, errors = columns["cost_usd"], columns["cost_source"], columns["error"]
    priced = [cost is not None for cost in costs]
    spent = map(is_spent, columns["is_cached"], sources)
    counted = zip(columns["prompt_tokens"], columns["completion_tokens"], errors, costs, strict=True)
    unpriced = [
        asked is not None and said is not None and error is None and cost is None
        for asked, said, error, cost in counted
    ]
    return Account(
        cost_usd=math.fsum(compress(costs, priced)) if any(priced) else None,
        spent_usd=_spent(costs, spent) if any(priced) else None,
        n_unpriced=sum(unpriced),
        n_unpriced_batched=sum(1 for each in compress(columns["is_batched"], unpriced) if each),
        sources=Counter(source for source in compress(sources, priced) if source is not None),
        error_kinds=Counter(
            kind or OTHER
            for kind, error in zip(columns["error_kind"], errors, strict=True)
            if error is not None
        ),
        retries=sum(filter(None, columns["retries"])),
        throttled=sum(filter(None, columns["throttled"])),
    )


#: Fields of a Response that an account is made of.
_OF_ACCOUNT = (
    "cost_usd", "cost_source", "is_cached", "prompt_tokens", "completion_tokens", "error", "error_kind",
    "retries", "throttled", "is_batched",
)  # fmt: skip


def _spent(costs: Sequence[float | None], is_its: Iterable[bool]) -> float:
    return math.fsum(cost for cost, its in zip(costs, is_its, strict=True) if its and cost is not None)


#: Counts of usage that a report adds up beside tokens in and out, each with its title.
DETAILS = {name: TITLES[name] for name in ("cached_tokens", "cache_write_tokens", "reasoning_tokens")}


def _sum_of(known: Sequence[int]) -> int | None:
    """The sum over the responses that say so, None where none does."""
    return sum(known) if known else None


def row_errors(observations: Observations) -> list[str | None]:
    """For each row the error of the model, else the first error of a scorer, else None."""
    errors = list(column_of(observations.responses, "error"))
    for name, scores in observations.scores.items():
        for row, error in enumerate(column_of(scores, "error")):
            if error is not None and errors[row] is None:
                errors[row] = f"{name}: {error}"
    return errors


def group_errors(errors: Iterable[str | None], sample_ids: Sequence[str]) -> tuple[ErrorGroup, ...]:
    """Equal texts together, the most frequent first."""
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for row, text in enumerate(errors):
        if text is not None:
            counts[text] = counts.get(text, 0) + 1
            shown.setdefault(text, sample_ids[row])
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ErrorGroup(text, n, shown[text]) for text, n in ordered)


def histogram(ascending: Sequence[float], n_bins: int = 24) -> tuple[list[int], float, float]:
    """Counts in ``n_bins`` bins of equal ratio, with the ends of the axis in seconds.

    Latencies span orders of magnitude, so the axis is logarithmic; zeros are counted in the first bin.
    """
    if not ascending:
        return [], 0.0, 0.0
    low = max(next((value for value in ascending if value > 0), 1e-6), 1e-6)
    high = max(ascending[-1], low * 1.0001)
    scale = n_bins / math.log(high / low)
    counts = [0] * n_bins
    for value in ascending:
        bin_ = int(math.log(value / low) * scale) if value > low else 0
        counts[min(bin_, n_bins - 1)] += 1
    return counts, low, high
