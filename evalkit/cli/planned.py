"""What ``evalkit plan`` found, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.cli.printing import cell_text, print_table, say
from evalkit.core.text import plural
from evalkit.planning.need import GateNeed
from evalkit.planning.plan import TaskPlan, Way
from evalkit.report.numbers import usd_text

_SOURCES = {"history": "changes in the store", "same subject": "reruns in the store", "guess": "a guess"}
_GATES = ("gate", "margin", "changes by", "within", "from", "to pass", "to see it")
_NUMBERS = ("margin", "changes by", "within", "to pass", "to see it")
_WAYS = ("repeats", "samples", "answers", "cost", "dataset")


def print_plan(plan: TaskPlan) -> None:
    """A table of the gates, one of the numbers of repeats, and what follows."""
    say(_title(plan))
    if plan.needs:
        rows = [_gate_row(each) for each in plan.needs]
        print_table(_GATES, rows, right=_NUMBERS, whole=_GATES)
        say("")
        print_table(_WAYS, [_way_row(each, plan) for each in plan.ways], right=_WAYS[:-1], whole=_WAYS)
        say("", *_sentences(plan))
    for gate, reason in plan.unknown:
        say(f"{cell_text(gate)}: {reason}")


def _title(plan: TaskPlan) -> str:
    of = f" · {cell_text(plan.subject)}" if plan.subject else ""
    shared = ""
    if plan.needs:
        asked = plan.needs[0].asked
        shared = f": {100 * asked.power:g} % power, alpha shared over {plural(asked.n_gates, 'gate')}"
    return f"{cell_text(plan.task)}{of}{shared}"


def _gate_row(need: GateNeed) -> tuple[str, ...]:
    spread = need.spread
    varies = f"{100 * spread.total:.3g} %" if spread.is_flips else f"sd {spread.total**0.5:.3g}"
    share = "unknown" if spread.within_share is None else f"{100 * spread.within_share:.0f} %"
    source = _SOURCES[spread.source]
    if spread.n_pairs:
        source += f" ({plural(spread.n_pairs, 'pair')})"
    counts = need.n_to_pass(1), need.n_to_show(1)
    return (
        cell_text(need.gate.text), f"{need.gate.margin:g}", varies, share, source,
        *("unknown" if each is None else f"{each:,}" for each in counts),
    )  # fmt: skip


def _way_row(way: Way, plan: TaskPlan) -> tuple[str, ...]:
    has = "unknown" if plan.n_available is None else f"has {plan.n_available:,}"
    state = "" if way.fits is None else ": enough" if way.fits else ": too few"
    cost = "unknown" if way.cost_usd is None else usd_text(way.cost_usd)
    n, n_answers = ("unknown" if each is None else f"{each:,}" for each in (way.n, way.n_answers))
    return str(way.n_repeats), n, n_answers, cost, has + state


def _sentences(plan: TaskPlan) -> Iterator[str]:
    best = plan.best
    if best is not None:
        cost = "" if best.cost_usd is None else f", {usd_text(best.cost_usd)}"
        what = f"{plural(best.n or 0, 'sample')}, {plural(best.n_repeats, 'repeat')}"
        yield f"plan: {what}: {plural(best.n_answers or 0, 'answer')}{cost}; the baseline takes as many"
    else:
        yield "plan: the dataset is too small at any number of repeats that is known of"
    n = plan.n_available if best is None else best.n
    for need in plan.needs if n else ():
        yield from _worth(plan, need, n or 0)
    if any(each.spread.source == "same subject" for each in plan.needs):
        yield "known from reruns alone: a changed candidate moves more samples; guess with --changed or --sd"
    if any(each.spread.source == "guess" and not each.spread.is_flips for each in plan.needs):
        yield "by --sd alone: it takes more where few samples make most of the change, which a history tells"
    yield from _of_cost(plan)


def _worth(plan: TaskPlan, need: GateNeed, n: int) -> Iterator[str]:
    label, drop = cell_text(need.gate.metric.label), need.visible(n, 1)
    asked = plural(n, "sample")
    if need.share < 1:
        asked += f", {need.n_own(n):,} of the slice,"
    if drop is None:
        yield f"{label}: {asked} show no drop of any size"
        return
    fails = need.fails(n, 1)
    fail = "" if fails is None else f", the gate fails on {fails:.3g}"
    yield f"{label}: {asked} asked once show a drop of {drop:.3g}{fail}"
    worth = plan.worth(need, n)
    if worth is None:
        yield "  what repeats buy is unknown: ask with repeats once, or guess with --within"
        return
    more = "samples buy more" if worth.twice_samples < 0.999 * worth.twice_repeats else "both buy alike"
    if plan.n_available is not None and 2 * n > plan.n_available:
        more += ", and the dataset has not as many"
    twice = f"twice the samples {worth.twice_samples:.3g}, twice the repeats {worth.twice_repeats:.3g}"
    yield f"  {twice}: {more}"


def _of_cost(plan: TaskPlan) -> Iterator[str]:
    cost = plan.cost
    if cost is None or cost.usd is None:
        yield "cost unknown: no stored answer has a price"
    elif cost.n_priced < cost.n:
        yield f"cost by the {cost.n_priced:,} of {plural(cost.n, 'answer')} that have a price"


def plan_object(plan: TaskPlan) -> dict[str, Any]:
    """The same for ``--json``."""
    best = plan.best
    return {
        "task": plan.task, "subject": plan.subject or None, "n_available": plan.n_available,
        "cost_usd_per_answer": plan.usd,
        "n_priced": None if plan.cost is None else plan.cost.n_priced,
        "gates": [_gate_object(each, plan) for each in plan.needs],
        "unplanned": [{"gate": gate, "reason": reason} for gate, reason in plan.unknown],
        "ways": [_way_object(each) for each in plan.ways],
        "plan": None if best is None else _way_object(best),
    }  # fmt: skip


def _way_object(way: Way) -> dict[str, Any]:
    return {
        "repeats": way.n_repeats, "samples": way.n, "answers": way.n_answers,
        "cost_usd": way.cost_usd, "fits": way.fits,
    }  # fmt: skip


def _gate_object(need: GateNeed, plan: TaskPlan) -> dict[str, Any]:
    spread, n = need.spread, plan.n_available
    worth = None if not n else plan.worth(need, n)
    return {
        "gate": need.gate.text, "metric": need.gate.metric.label, "margin": need.gate.margin,
        "alpha": need.gate.alpha, "level": need.level, "share": need.share,
        "source": spread.source, "n_pairs": spread.n_pairs,
        "variance": spread.total, "between": spread.between, "within": spread.within,
        "within_share": spread.within_share, "kurtosis": spread.kurtosis,
        "is_share_of_changes": spread.is_flips, "n_to_pass": need.n_to_pass(1),
        "n_to_see": need.n_to_show(1), "visible_drop": None if not n else need.visible(n, 1),
        "visible_drop_twice_samples": None if worth is None else worth.twice_samples,
        "visible_drop_twice_repeats": None if worth is None else worth.twice_repeats,
    }  # fmt: skip
