"""A run while it goes on: how far each evaluation is, and what it has got so far."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.text import plural
from evalkit.report.blocks import Cell, Column, Interval, Note, Row, Table, Text
from evalkit.report.numbers import seconds_text, time_text, usd_text
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.report.ways import Link
from evalkit.store.going_on import GoingEvaluation, GoingRun
from evalkit.view.places import ServedPlaces

#: Seconds between two looks of the page.
FOLLOW_S = 2
#: A run that has written nothing for so long may wait for its model, or be dead.
_QUIET_S = 60.0


def live_page(run: GoingRun, now: float) -> Page:
    """What has come so far, of a run with rows beside the store. ``now`` in seconds since the epoch."""
    columns = (
        Column("Task", "lead"), Column("Subject"), Column("Answers", "wide"), Column("Errors", "number"),
        Column("Mean so far"), Column("Cost", "number"),
    )  # fmt: skip
    rows = [Row(_cells(each)) for each in run.evaluations]
    blocks = (Table("How far each evaluation is", columns, rows) if rows else Note("No answer yet."),)
    n = sum(each.n_answers for each in run.evaluations)
    facts = [f"run {run.run_id}", time_text(run.started_at), plural(n, "answer"), _pace(run, n, now)]
    quiet = now - run.written_at
    banners = []
    if run.status != "running":
        banners.append(f"It is {run.status}; 'evalkit runs' carries it into the store, then it has a report.")
    elif quiet > _QUIET_S:
        banners.append(f"Its last row came {seconds_text(quiet)} ago: it waits for a model, or it is dead.")
    follow_s = FOLLOW_S if run.status == "running" else 0
    title = "Going on" if run.status == "running" else run.status.capitalize()
    sections = [Section("evaluations", "", blocks)]
    shown = [fact for fact in facts if fact]
    return Page(title, "a run while it goes on", sections, shown, banners, follow_s=follow_s)


def live_table(runs: Sequence[GoingRun], places: ServedPlaces) -> Table:
    """The runs with rows beside the store, for the list of runs."""
    columns = (Column("Run", "lead"), Column("Status"), Column("Answers", "wide"), Column("Errors", "number"))
    rows = []
    for run in runs:
        together = GoingEvaluation()
        for each in run.evaluations:
            together.n_asked += each.n_asked
            together.n_answers += each.n_answers
            together.n_errors += each.n_errors
        link = Link(run.run_id, places.live(run.run_id), more=time_text(run.started_at))
        status = run.status if run.status == "running" else f"{run.status}, not in the store yet"
        rows.append(Row((link, Text(status), _progress(together), Text(f"{together.n_errors:,}"))))
    return Table("Runs that are going on", columns, rows)


def _cells(each: GoingEvaluation) -> tuple[Cell, ...]:
    means = [f"{scorer} {total / n:.3f} of {n:,}" for scorer, (n, total) in each.scores.items() if n]
    return (
        Text(each.task, "strong"), Text(each.subject), _progress(each), Text(f"{each.n_errors:,}"),
        Text("\n".join(means), "lines"), Text(_cost(each)),
    )  # fmt: skip


def _cost(each: GoingEvaluation) -> str:
    """``$0.09 of 100 of 200 answers``, where the others have no price; empty where none has one."""
    if not each.n_priced:
        return ""
    n = each.n_answers - each.n_errors
    share = f" of {each.n_priced:,} of {plural(n, 'answer')}" if each.n_priced < n else ""
    return f"{usd_text(each.cost_usd)}{share}"


def _progress(each: GoingEvaluation) -> Cell:
    if not each.n_asked:
        return Text(plural(each.n_answers, "answer"))
    label = f"{each.n_answers:,} of {each.n_asked:,}"
    return Interval(float(each.n_answers), 0.0, float(each.n_answers), 0.0, float(each.n_asked), label)


def _pace(run: GoingRun, n: int, now: float) -> str:
    """Answers a minute since the start; empty where that says nothing."""
    if run.started_at is None or not n:
        return ""
    until = min(now, run.written_at)
    minutes = (until - run.started_at) / 60
    return f"{n / minutes:,.0f} a minute" if minutes > 0 else ""
