"""A dry run as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.text import name_of, one_line, plural
from evalkit.report.numbers import usd_text
from evalkit.session.dry_run.estimates import Cost, DryEvaluation, DryRun

_HEAD = ("task", "subject", "samples", "calls", "cached", "tokens in", "tokens out", "cost")


def dry_run_lines(found: DryRun) -> list[str]:
    """A table with a row for each Task and Subject, a total, and what the numbers are."""
    rows = [_row(each) for each in found.evaluations if each.failure is None]
    lines = _aligned([_HEAD, *rows, _total(found)])
    lines += [
        name_of(f"{each.task} · {each.subject}: {one_line(each.failure, 600)}")
        for each in found.evaluations
        if each.failure is not None
    ]
    return [*lines, *_notes(found), "nothing was asked, and nothing stored"]


def _row(each: DryEvaluation) -> tuple[str, ...]:
    there = each.n_cached + each.n_recorded
    return (
        name_of(each.task),
        name_of(each.subject),
        f"{each.n_samples:,}",
        f"{each.n_calls:,}",
        f"{there:,}{' recorded' if each.n_recorded else ''}",
        _tokens(each.prompt_tokens, is_counted=each.is_counted),
        _answers(each.completion_expected, each.completion_most),
        _cost(each.cost_usd),
    )


def _total(found: DryRun) -> tuple[str, ...]:
    there = sum(each.n_cached + each.n_recorded for each in found.evaluations)
    return (
        "total",
        "",
        "",
        f"{found.n_calls:,}",
        f"{there:,}",
        _tokens(found.prompt_tokens, is_counted=found.is_counted),
        _answers(found.completion_expected, found.completion_most),
        _cost(found.cost_usd),
    )


def _tokens(n: int, *, is_counted: bool) -> str:
    return f"{'' if is_counted else '~'}{n:,}"


def _answers(expected: float | None, most: int) -> str:
    if not most:
        return "0"
    return f"<= {most:,}" if expected is None else f"~{expected:,.0f}, <= {most:,}"


def _cost(cost: Cost) -> str:
    if cost.most is None:
        return "unknown"
    if not cost.most:
        return "nothing"
    if cost.expected is not None:
        return f"~{usd_text(cost.expected)}, <= {usd_text(cost.most)}"
    return f"{usd_text(cost.least or 0.0)} .. {usd_text(cost.most)}"


def _notes(found: DryRun) -> Iterator[str]:
    if not found.is_counted:
        yield "~ in: no tokenizer at hand; as long as earlier prompts in the store, else four bytes a token"
    if any(each.mean_completion is not None and each.n_calls for each in found.evaluations):
        yield "~ out: as long as earlier answers to the task in the store; <= is max_tokens"
    unpriced = {each.subject for each in found.evaluations if each.price is None and each.n_calls}
    for subject in sorted(unpriced):
        yield f"cost of {name_of(subject)}: give ?input_usd_per_mtok= and ?output_usd_per_mtok="
    if found.is_sequential:
        yield "--llm-sequential may ask less"
    if found.n_rerun:
        yield f"--llm-rerun may add up to {plural(found.n_rerun, 'request')}"
    yield from _limits(found)


def _limits(found: DryRun) -> Iterator[str]:
    """How far the budget goes."""
    limits, n_in = found.limits, found.prompt_tokens
    needs = [
        (limits.max_requests, found.n_calls, found.n_calls, "{:,.0f} requests"),
        (
            limits.max_tokens,
            n_in + (found.completion_expected or 0),
            n_in + found.completion_most,
            "{:,.0f} tokens",
        ),
        (limits.max_cost, found.cost_usd.expected, found.cost_usd.most, "${:,.2f}"),
    ]
    for limit, expected, most, form in needs:
        if limit is None or most is None:
            continue
        if most <= limit:
            yield f"budget of {form.format(limit)}: enough for all"
        else:
            likely = f", {min(1.0, limit / expected):.0%} as expected" if expected else ""
            yield f"budget of {form.format(limit)}: enough for {limit / most:.0%} at the least{likely}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
