"""What asking again took and what it changed, as rows of the store's ``metrics``."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.estimate import Estimate
from evalkit.runner.unit import Unit

_SIGNATURE = "rerun|v1"


def rerun_numbers(unit: Unit, n_changed: int) -> Iterator[Estimate]:
    """``rerun_calls`` (further answers that were asked for), ``rerun_errors`` where some of them failed,
    ``rerun_cost_usd`` where prices are known, and ``rerun_changed``: verdicts that are others than before."""
    responses = [answer.response for answer in unit.further]
    n = len(responses)
    yield Estimate("rerun_calls", float(n), None, None, n, _SIGNATURE, kind="total")
    n_errors = sum(answer.is_error for answer in unit.further)
    if n_errors:
        yield Estimate("rerun_errors", float(n_errors), None, None, n, _SIGNATURE, kind="total")
    costs = [response.cost_usd for response in responses if response.cost_usd is not None]
    if costs:
        yield Estimate("rerun_cost_usd", sum(costs), None, None, len(costs), _SIGNATURE, kind="total")
    yield Estimate("rerun_changed", float(n_changed), None, None, n, _SIGNATURE, kind="total")
