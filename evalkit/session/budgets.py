"""What a budget changes of a session: in which order it asks, and what it says of what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.errors import ModelSpecError

if TYPE_CHECKING:
    from evalkit.core.budget import BudgetLimits
    from evalkit.core.estimate import Estimate
    from evalkit.models.model import Model
    from evalkit.runner.unit import Unit
    from evalkit.session.options import Options
    from evalkit.session.subjects import Subjects
    from evalkit.session.units import PlannedUnit

#: The same in every session: a later one goes on where the budget of an earlier one ended, and what two of
#: them asked are the same samples.
ORDER_SEED = "budget"


def order_seed(options: Options, run_id: str) -> str | None:
    """What the order of samples is drawn from; None where they are asked as they stand.

    Run ids are drawn anew for each run, and known to all its processes; who collects batches of another run
    asks in the order of that one.
    """
    is_drawn = options.is_sequential or options.control_variate is not None
    if is_drawn and options.batch is not None:
        from evalkit.session.batches.lane import order_seed_of

        return order_seed_of(options.store, run_id)
    if is_drawn:
        return run_id
    return ORDER_SEED if options.budget else None


def put_in_order(planned: Iterable[PlannedUnit]) -> None:
    """Have the samples of every unit asked in a random order, the same for all Subjects: what a budget leaves
    is then a random part of the dataset, and no part that somebody put first."""
    from evalkit.runner.ask_order import ask_order  # where the asking may end early alone

    for each in planned:
        unit, evaluation = each.asked, each.evaluation
        if unit is not None and unit.order is None and evaluation.order_seed is not None:
            unit.order = ask_order(len(unit.samples), evaluation.dataset_hash, evaluation.order_seed)


def refuse_unpriced(
    limits: BudgetLimits, subjects: Subjects, judges: Mapping[str, Model] | None = None
) -> None:
    """Raises ModelSpecError where the cost is bound and nobody says what a model costs.

    Args:
        judges: the judge Models by spec text, looked at in place of those of the Subjects.
    """
    if limits.max_cost is None:
        return
    from evalkit.runner.budget.cost_bound import INPUT, OUTPUT, cost_bound

    models, prices = subjects.models if judges is None else judges, subjects.prices
    unpriced = [text for text, model in models.items() if cost_bound(model, prices) is None]
    if unpriced:
        also = f" (and of {plural(len(unpriced) - 1, 'other model')})" if len(unpriced) > 1 else ""
        joint = "&" if "?" in unpriced[0] else "?"
        raise ModelSpecError(
            f"the cost of {unpriced[0]} is unknown{also}, and cannot be held to a limit",
            hint=f"give its price in US dollars for a million tokens: {joint}{INPUT}=0.15&{OUTPUT}=0.60",
        )


def own_verdict(gate: str, estimate: Estimate, unit: Unit) -> Verdict:
    """A gate on its own evaluation where the budget left samples out: their answers might decide either
    way, so that it is neither met nor missed."""
    value = "" if estimate.value is None else f"{estimate.metric} is {estimate.value:.4g} over them. "
    return Verdict(gate, "undecided", f"{left_out(unit)} {value}What is left might decide either way.")


def left_out(unit: Unit) -> str:
    """That, and how much, the budget left out, a sentence."""
    asked = f"{unit.n_samples_asked:,} of {plural(len(unit.samples), 'sample')}"
    return f"The budget of the session was spent when {asked} had been asked."
