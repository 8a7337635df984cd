"""Latency, tokens, cost and errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Find, Histogram, Note, Row, Table, Text
from evalkit.report.data import ErrorGroup, EvaluationData, Operations, ReportData
from evalkit.report.numbers import UNKNOWN, count_text, seconds_text, usd_text
from evalkit.report.operations import DETAILS, histogram
from evalkit.report.sections.cost_and_speed import Place, cost_and_speed
from evalkit.report.wording import one_line, visible

TITLE = "Operations"

#: Error texts that are listed; the others are counted in one line.
MAX_ERRORS = 20


def blocks(data: ReportData) -> Iterator[Block]:
    rows = [Row(_cells(data, item)) for item in data.evaluations]
    yield Table("Latency, tokens and cost", _columns(data), rows)
    places = [tuple(_place(data, item)) for item in data.evaluations]
    yield from cost_and_speed(data, Place(_places(data), places))
    for item in data.evaluations:
        if told := _details(item.operations):
            yield Note(f"{item.task}, {item.label}: {told}.")
        for remark in item.tally.remarks:
            yield Note(f"{item.task}, {item.label}: {visible(remark)}.")
    if any(item.operations.errors for item in data.evaluations):
        columns = (Column("Count", "number"), Column("Error", "wide"), Column("Where"), Column("For example"))
        yield Table("Errors by text", columns, list(_errors(data)))


def _details(o: Operations) -> str:
    """``Queue p50 1.2 s; cached tokens 120, reasoning tokens 3,400``: what only some providers tell."""
    queue = f"queue p50 {seconds_text(o.queue_p50_s)}" if o.queue_p50_s else ""
    counts = [f"{DETAILS[name].lower()} {count_text(n)}" for name, n in o.details.items() if n]
    return "; ".join(filter(None, (queue, ", ".join(counts))))


def _places(data: ReportData) -> tuple[Column, ...]:
    tasks = (Column("Task"),) if len(data.tasks) > 1 else ()
    return (*tasks, Column("Subject")) if len(data.subjects) > 1 or not tasks else tasks


def _place(data: ReportData, item: EvaluationData) -> Sequence[Cell]:
    tasks = (Text(item.task),) if len(data.tasks) > 1 else ()
    return (*tasks, Text(item.label)) if len(data.subjects) > 1 or not tasks else tasks


def _columns(data: ReportData) -> tuple[Column, ...]:
    titles = ("Responses", "Errors", "Cached", "p50", "p95")
    totals = ("Tokens in", "Tokens out", "Cost")
    return (
        *_places(data),
        *(Column(title, "number") for title in titles),
        Column("Latency"),
        *(Column(title, "number") for title in totals),
        Column("", "wide"),
    )


def _cells(data: ReportData, item: EvaluationData) -> tuple[Cell, ...]:
    o = item.operations
    return (
        *_place(data, item),
        Text(count_text(o.n), "number"),
        Text(_share(o.n_errors, o.n), "number"),
        Text(count_text(o.n_cached), "number"),
        Text(seconds_text(o.latency_p50_s), "number"),
        Text(seconds_text(o.latency_p95_s), "number"),
        _latencies(o),
        Text(f"{count_text(o.prompt_tokens)} {o.of_known(o.n_without_prompt_tokens)}".rstrip(), "number"),
        Text(f"{count_text(o.completion_tokens)} {o.of_known(o.n_without_tokens)}".rstrip(), "number"),
        Text(cost_text(o), "number"),
        Text(""),
    )


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.2g} %)" if part and whole else count_text(part)


def cost_text(o: Operations) -> str:
    """The sum of what is known; what is unknown is said, never counted as nothing."""
    if o.cost_usd is None:
        return UNKNOWN
    return f"{usd_text(o.cost_usd)} {o.of_known(o.n_without_cost)}".rstrip()


def _latencies(o: Operations) -> Cell:
    if not o.latencies_s:
        return Text(UNKNOWN, "muted")
    counts, low, high = histogram(o.latencies_s)
    ends = seconds_text(low), seconds_text(high)
    label = f"{plural(len(o.latencies_s), 'response')} from {ends[0]} to {ends[1]}, log axis"
    return Histogram(tuple(counts), label, *ends)


def _errors(data: ReportData) -> Iterator[Row]:
    found: dict[str, list[tuple[EvaluationData, ErrorGroup]]] = {}
    for item in data.evaluations:
        for group in item.operations.errors:
            found.setdefault(group.text, []).append((item, group))
    ordered = sorted(found.values(), key=_count, reverse=True)
    for groups in ordered[:MAX_ERRORS]:
        text, example = groups[0][1].text, groups[0][1].sample_id
        yield Row(
            (
                Text(count_text(_count(groups)), "number"),
                Text(one_line(text, 400)),
                Text(_where(data, groups), "muted"),
                Find(one_line(example, 60), text),
            )
        )
    rest = ordered[MAX_ERRORS:]
    if rest:
        said = Text(plural(len(rest), "other text"), "muted")
        yield Row((Text(count_text(sum(map(_count, rest))), "number"), said, Text(""), Text("")))


def _count(groups: Sequence[tuple[EvaluationData, ErrorGroup]]) -> int:
    return sum(group.n for _, group in groups)


def _where(data: ReportData, groups: Sequence[tuple[EvaluationData, ErrorGroup]]) -> str:
    if len(data.evaluations) == 1:
        return ""
    names = [f"{item.task} · {item.label} ({group.n:,})" for item, group in groups[:3]]
    return ", ".join(names) + (f" and {len(groups) - 3} more" if len(groups) > 3 else "")
