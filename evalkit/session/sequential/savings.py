"""What a unit that was stopped did not spend, as rows of the store's ``metrics``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evalkit.core.estimate import Estimate
from evalkit.core.response import Response
from evalkit.runner.unit import Unit

#: Row name to what a Response says of it; None where the provider does not say.
_SPENT: dict[str, Callable[[Response], float | None]] = {
    "saved_tokens": lambda response: _tokens(response),
    "saved_cost_usd": lambda response: response.cost_usd,
}


def savings(unit: Unit) -> Iterator[Estimate]:
    """``saved_calls``, and tokens and cost at the mean of the responses that came (``n`` of them); nothing
    for a unit that was asked to the end."""
    if not unit.is_cut:
        return
    n_saved = unit.n_total - unit.n_issued
    yield Estimate("saved_calls", float(n_saved), None, None, unit.n_issued, "sequential|v1", kind="total")
    responses = [response for response in unit.responses if response is not None]
    for name, spent in _SPENT.items():
        known = [value for value in map(spent, responses) if value is not None]
        if known:
            value = n_saved * sum(known) / len(known)
            yield Estimate(name, value, None, None, len(known), "sequential|v1", kind="total")


def _tokens(response: Response) -> float | None:
    parts = [n for n in (response.prompt_tokens, response.completion_tokens) if n is not None]
    return float(sum(parts)) if parts else None
