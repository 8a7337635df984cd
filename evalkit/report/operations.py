"""What an evaluation took: latency, tokens, cost, errors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

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
    latencies = sorted(r.latency_s for r in responses if r.latency_s is not None)
    answered = [r for r in responses if r.error is None]
    prompt = [r.prompt_tokens for r in answered if r.prompt_tokens is not None]
    completion = [r.completion_tokens for r in answered if r.completion_tokens is not None]
    queues = sorted(r.queue_s for r in answered if r.queue_s is not None)
    costs = [r.cost_usd for r in answered if r.cost_usd is not None]
    errors = row_errors(observations)
    firsts = sorted(r.ttft_s for r in answered if r.ttft_s is not None)
    speeds = sorted(speed for speed in map(tokens_per_second, answered) if speed is not None)
    cost_usd = math.fsum(costs) if costs else None
    return Operations(
        n=len(responses),
        n_errors=sum(error is not None for error in errors),
        n_cached=sum(r.is_cached for r in responses),
        latencies_s=tuple(latencies),
        latency_p50_s=quantile(latencies, 0.5),
        latency_p95_s=quantile(latencies, 0.95),
        prompt_tokens=sum(prompt) if prompt else None,
        completion_tokens=sum(completion) if completion else None,
        queue_p50_s=quantile(queues, 0.5),
        details={name: _sum_of(name, answered) for name in DETAILS},
        cost_usd=cost_usd,
        cost_usd_mean=None if cost_usd is None else cost_usd / len(costs),
        ttft_p50_s=quantile(firsts, 0.5),
        ttft_p95_s=quantile(firsts, 0.95),
        tokens_per_s_p50=quantile(speeds, 0.5),
        n_answered=len(answered),
        n_without_prompt_tokens=len(answered) - len(prompt),
        n_without_tokens=len(answered) - len(completion),
        n_without_cost=len(answered) - len(costs),
        errors=group_errors(errors, observations.sample_ids),
        tally=Tally.of(
            (r.finish_reason for r in answered), (r.model_revision for r in answered), account_of(responses)
        ),
    )


def account_of(responses: Sequence[Response]) -> Account:
    """What they cost and how others failed, as the store adds it up."""
    priced = [r for r in responses if r.cost_usd is not None]
    spent = (r.cost_usd or 0.0 for r in priced if is_spent(r.is_cached, r.cost_source))
    return Account(
        cost_usd=math.fsum(r.cost_usd or 0.0 for r in priced) if priced else None,
        spent_usd=math.fsum(spent) if priced else None,
        n_unpriced=sum(map(_is_unpriced, responses)),
        sources=Counter(r.cost_source for r in priced if r.cost_source is not None),
        error_kinds=Counter(r.error_kind or OTHER for r in responses if r.error is not None),
        retries=sum(r.retries or 0 for r in responses),
        throttled=sum(r.throttled or 0 for r in responses),
    )


def _is_unpriced(response: Response) -> bool:
    is_counted = response.prompt_tokens is not None and response.completion_tokens is not None
    return is_counted and response.error is None and response.cost_usd is None


#: Counts of usage that a report adds up beside tokens in and out, each with its title.
DETAILS = {name: TITLES[name] for name in ("cached_tokens", "cache_write_tokens", "reasoning_tokens")}


def _sum_of(name: str, answered: Sequence[Response]) -> int | None:
    """The sum over the responses that say so, None where none does."""
    known = [value for value in (getattr(each, name) for each in answered) if value is not None]
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
