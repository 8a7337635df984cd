"""The table of what answers cost, how fast they came and how calls failed, for each Task and Subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalkit.core.columns import column_of
from evalkit.core.error_kinds import counted_kinds
from evalkit.core.frozen import frozen
from evalkit.report.blocks import Block, Cell, Column, Row, Table, Text
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.numbers import count_text, rate_text, seconds_text, usd_text


@frozen(slots=True)
class Place:
    """The first columns of a table, and their cells for one evaluation."""

    columns: tuple[Column, ...]
    cells: Sequence[tuple[Cell, ...]]


def cost_and_speed(data: ReportData, place: Place) -> Iterator[Block]:
    """One row for each evaluation; columns that nobody has anything for are left out, and so is a table of
    nothing."""
    told = [_told(item) for item in data.evaluations]
    titles = [title for title in _TITLES if any(row[title] for row in told)]
    if not titles:
        return
    # Something has to take the width that is left.
    rest = () if "Price" in titles else ("",)
    columns = [Column(title, _STYLES.get(title, "number")) for title in (*titles, *rest)]
    rows = [
        Row((*cells, *(_cell(title, row.get(title, "")) for title in (*titles, *rest))))
        for cells, row in zip(place.cells, told, strict=True)
    ]
    yield Table("Cost, speed and failures", (*place.columns, *columns), rows)


_TITLES = (
    "Cost of an answer", "Spent in this run", "First token p50", "First token p95", "Speed p50", "Repeated",
    "Throttled", "Failed", "Judgements", "Judge cost", "Price",
)  # fmt: skip
#: Styles of the columns that hold no numbers.
_STYLES = {"Failed": "", "Price": "wide", "": "wide"}


def _told(item: EvaluationData) -> Mapping[str, str]:
    """Text of each column, empty where nothing is known."""
    o, account = item.operations, item.operations.account
    retries = column_of(item.observations.responses, "retries")
    is_asked = any(each is not None for each in retries)
    return {
        "Cost of an answer": "" if o.cost_usd_mean is None else usd_text(o.cost_usd_mean),
        "Spent in this run": "" if account.spent_usd is None else usd_text(account.spent_usd),
        "Price": price_text(account.sources),
        "First token p50": "" if o.ttft_p50_s is None else seconds_text(o.ttft_p50_s),
        "First token p95": "" if o.ttft_p95_s is None else seconds_text(o.ttft_p95_s),
        "Speed p50": "" if o.tokens_per_s_p50 is None else rate_text(o.tokens_per_s_p50),
        "Repeated": count_text(account.retries) if is_asked else "",
        "Throttled": count_text(account.throttled) if is_asked and account.throttled else "",
        "Failed": counted_kinds(account.error_kinds),
        **_of_judges(item),
    }


def _of_judges(item: EvaluationData) -> Mapping[str, str]:
    """How often judges were asked, how much of it failed, and what it cost, beside the Subject's own."""
    found = {each.metric: each.value for each in item.estimates}
    n, cost_usd = found.get("judge_calls"), found.get("judge_cost_usd")
    failed = round((found.get("judge_error_rate") or 0.0) * (n or 0.0))
    return {
        "Judgements": "" if n is None else f"{n:,.0f}{f' ({failed:,} failed)' if failed else ''}",
        "Judge cost": "" if cost_usd is None else usd_text(cost_usd),
    }


def _cell(title: str, text: str) -> Cell:
    return Text(text, "" if title in _STYLES else "number")


def price_text(sources: Mapping[str, int]) -> str:
    """Who says what answers cost; of several, how many answers each."""
    if len(sources) < 2:
        return "".join(sources)
    ordered = sorted(sources.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{source} ({n:,})" for source, n in ordered)
