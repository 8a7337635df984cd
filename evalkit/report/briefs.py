"""Metrics that every evaluation has, several in one line: each as its metric declares it (``brief``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from evalkit.core.account import Account
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.metrics.always import ALWAYS, OF_JUDGES
from evalkit.metrics.units import brief_of, unit_of
from evalkit.report.numbers import usd_text, value_text
from evalkit.report.totals import of_known

#: Units whose numbers stand together, and what stands before the first of them.
_TOGETHER = {"s": "", "tokens": "tokens "}


@frozen(slots=True)
class _Number:
    """A number within a brief: as its unit has it, or counted in a word that follows the colon."""

    value: float
    text: str

    def __format__(self, word: str) -> str:
        return plural(round(self.value), word) if word else self.text


def operations(common: Mapping[str, Estimate], account: Account) -> Iterator[str]:
    """``300 responses, 2 errors``, ``p50 144 ms, p95 168 ms``, ``tokens 96 in, 12 out``, ``$0.12``.
    What no response carries is left out."""

    def behind(estimate: Estimate) -> str:
        text = f" {of_known(estimate, common.values())}".rstrip()
        return text + spent_text(account) if unit_of(estimate.metric) == "usd" else text

    told = [(each, text) for each, text in _told(ALWAYS, common, None, behind) if text]
    for key, group in groupby(told, key=lambda each: _place(each[0])):
        yield _TOGETHER.get(key, "") + ", ".join(text for _, text in group)


def judges(estimates: Sequence[Estimate]) -> str:
    """``judges: 12 calls, 1 failed, $0.0042``; empty where none was asked."""
    found = {each.metric: each for each in estimates}
    n = found[OF_JUDGES[0]].value if OF_JUDGES[0] in found else None
    if not n:
        return ""
    return "judges: " + ", ".join(text for _, text in _told(OF_JUDGES, found, n, lambda each: "") if text)


def saved(common: Mapping[str, Estimate]) -> Iterator[str]:
    """What ``--llm-sequential`` or a tournament did not spend; tokens and cost are at the mean of the
    responses that came. Nothing without."""
    if "saved_calls" not in common:
        return
    known = _known(common)
    n_asked, n_saved = common["saved_calls"].n, known["saved_calls"]
    n_total = n_asked + n_saved
    yield f"stopped early: asked {n_asked:,} of {n_total:,.0f} responses, saved {n_saved / n_total:.0%}"
    if (tokens := known.get("saved_tokens")) is not None:
        yield f"about {tokens:,.0f} tokens"
    if (cost := known.get("saved_cost_usd")) is not None:
        yield f"about {usd_text(cost)}"


def asked_again(common: Mapping[str, Estimate]) -> Iterator[str]:
    """What ``--llm-rerun`` asked for, and what came of it; nothing without."""
    if "rerun_calls" not in common:
        return
    known = _known(common)
    n_errors = round(known.get("rerun_errors", 0))
    failed = f", {plural(n_errors, 'error')}" if n_errors else ""
    yield f"asked again: {plural(round(known['rerun_calls']), 'further answer')}{failed}"
    if (cost := known.get("rerun_cost_usd")) is not None:
        yield f"{usd_text(cost)} {of_known(common['rerun_cost_usd'], common.values())}".rstrip()
    yield f"{plural(round(known.get('rerun_changed', 0)), 'verdict')} changed"


def _known(common: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: each.value for name, each in common.items() if each.value is not None}


def spent_text(account: Account) -> str:
    """``, $0.03 of it in this run`` where the rest was paid before; else empty."""
    if not account.is_spent_elsewhere:
        return ""
    return f", {usd_text(account.spent_usd) if account.spent_usd else 'none'} of it in this run"


def _told(
    names: Sequence[str], found: Mapping[str, Estimate], n: float | None, behind: Callable[[Estimate], str]
) -> Iterator[tuple[Estimate, str]]:
    for name in names:
        estimate = found.get(name)
        if estimate is not None and estimate.value is not None and (brief := brief_of(name)):
            text = _filled(brief, estimate, estimate.value, estimate.n if n is None else n)
            yield estimate, text and text + behind(estimate)


def _filled(brief: str, estimate: Estimate, value: float, n: float) -> str:
    """The brief with its numbers; empty of a count that is 0 and begins it."""
    count = round(value * n)
    if not count and brief.startswith("{count"):
        return ""
    return brief.format(
        value=_Number(value, value_text(estimate.metric, value)),
        n=_Number(n, f"{n:,.0f}"),
        count=_Number(count, f"{count:,}"),
    )


def _place(estimate: Estimate) -> str:
    unit = unit_of(estimate.metric)
    return unit if unit in _TOGETHER else estimate.metric
