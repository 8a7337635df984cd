"""The cells of a metric, for every table that shows one: its value, its interval, over how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.gate import parse_gate
from evalkit.errors import TaskError
from evalkit.metrics.units import is_total
from evalkit.report.blocks import Block, Cell, Column, Fold, Interval, Note, Row, Table, Text
from evalkit.report.common_metrics import is_in_brief, is_untold
from evalkit.report.main_values import Evaluated
from evalkit.report.missing import value_ends
from evalkit.report.numbers import count_text, interval_text, is_share, value_text
from evalkit.report.totals import of_known

CAPTION = "Metrics with 95 % intervals"
#: Those of ``value_cells``, and that of ``failed_cell``.
VALUE = (Column("Value", "number"), Column("95 % interval"), Column("n", "number"))
FAILED = Column("Failed", "number")

_OPERATORS = ("<", ">", "==")

#: Metrics without a value that are named for one reason.
_MOST_NAMED = 6


def own_metrics(item: Evaluated) -> Iterator[Block]:
    """What a Task asked for, of one evaluation, from its numbers alone; not what every task has."""
    own = [each for each in item.estimates if not is_in_brief(each)]
    told = [each for each in own if each.value is not None]
    has_failed = any(each.n_failed for each in told)
    columns = (Column("Metric", "lead"), *VALUE, *([FAILED] if has_failed else []))
    rows = []
    for each in told:
        ends = axis(each.metric, [each], thresholds(item, each.metric))
        failed = [failed_cell(each)] if has_failed else []
        rows.append(Row((name_cell(each), *value_cells(item, each, *ends), *failed)))
    if rows:
        yield Table(CAPTION, columns, rows)
    yield from notes_without_value((each, "") for each in own if each.value is None)


def name_cell(estimate: Estimate) -> Cell:
    return Fold(estimate.metric, f"signature: {estimate.signature}", "code", is_name=True)


def value_cells(item: Evaluated, estimate: Estimate, low: float, high: float) -> list[Cell]:
    """Value, interval and n.

    Args:
        low, high: ends of the axis that the interval is drawn on.
    """
    n = Text(count_text(estimate.n), "number")
    if estimate.value is None:
        return [Text("–", "number"), Text(estimate.error or "no value", "muted"), n]
    text, ends = value_text(estimate.metric, estimate.value), value_ends(estimate)
    ends = f"{ends}, missing wrong or right" if ends else ""
    ends = "; ".join(filter(None, (ends, _without_cut(estimate))))
    if estimate.low is None or estimate.high is None:
        exact = of_known(estimate, item.estimates) or ("exact" if is_total(estimate.metric) else ends)
        return [Text(text, "number"), Text(exact, "muted"), n]
    words = interval_text(estimate.metric, estimate.low, estimate.high)
    marks = thresholds(item, estimate.metric)
    bar = Interval(estimate.value, estimate.low, estimate.high, low, high, words, marks, beneath=ends)
    return [Text(text, "number"), bar, n]


def failed_cell(estimate: Estimate) -> Cell:
    return Text(count_text(estimate.n_failed) if estimate.n_failed else "", "number")


def notes_without_value(found: Iterable[tuple[Estimate, str]]) -> Iterator[Note]:
    """What could not be computed takes no row: each reason once, with the metrics that it holds of. What a
    model merely does not tell (a price) is not said at all.

    Args:
        found: each with its place, empty where there is but one.
    """
    reasons: dict[str, dict[str, None]] = {}
    for estimate, place in found:
        if not is_untold(estimate):
            name = f"{estimate.metric} ({place})" if place else estimate.metric
            reasons.setdefault(estimate.error or "nothing to compute it from", {})[name] = None
    for reason, names in reasons.items():
        shown = list(names)[:_MOST_NAMED]
        more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
        yield Note(f"No value: {', '.join(shown)}{more}: {reason.removesuffix('.')}.")


def axis(metric: str, estimates: Sequence[Estimate], marks: Sequence[float] = ()) -> tuple[float, float]:
    """Ends of the axis that all subjects of one metric share: 0..1 and -1..1 for shares where they fit."""
    values = [*marks, *(v for e in estimates for v in (e.value, e.low, e.high) if v is not None)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if is_share(metric) and low >= -1 and high <= 1:
        return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
    return min(low, 0.0), max(high, 0.0) * 1.05 or 1.0


def thresholds(item: Evaluated, metric: str) -> tuple[float, ...]:
    """What gates ask of a metric without a baseline."""
    texts = [each.gate for each in item.verdicts if any(sign in each.gate for sign in _OPERATORS)]
    return tuple(each for text in texts if (each := _threshold(text, metric)) is not None)


def _threshold(text: str, metric: str) -> float | None:
    from evalkit.gates.absolute import AbsoluteGate  # a session without such a gate spares it

    try:
        gate = parse_gate(text)
    except TaskError:
        return None
    return gate.threshold if isinstance(gate, AbsoluteGate) and gate.metric.label == metric else None


def _without_cut(estimate: Estimate) -> str:
    """``0.83 without 12 cut``; empty where no answer was cut at ``max_tokens``."""
    if not estimate.n_cut:
        return ""
    value = "no value" if estimate.without_cut is None else value_text(estimate.metric, estimate.without_cut)
    return f"{value} without {estimate.n_cut:,} cut"
