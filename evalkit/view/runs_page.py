"""The list of runs: what is looked for, what each is worth, and which to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from evalkit.core.frozen import frozen
from evalkit.core.run import Run
from evalkit.core.text import plural
from evalkit.report.blocks import Badge, Block, Cell, Column, Note, Row, Table, Text
from evalkit.report.data import OUTCOMES
from evalkit.report.numbers import time_text
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.report.ways import Field, Form, Link, Pager, Pick
from evalkit.report.wording import commit_text, run_status
from evalkit.session.stored.told import Told, tell
from evalkit.store.listing import Wanted, count_wanted, task_names, wanted_runs
from evalkit.store.store import Store
from evalkit.view.places import Places

PER_PAGE = 100
#: Evaluations of one run that are named; the rest is counted.
_MOST_LINES = 4
_STATUSES = ("running", "finished", "interrupted", "crashed")


@frozen(slots=True)
class Shown:
    """Which part of the list is shown: ``page`` counts from 1."""

    wanted: Wanted = Wanted()
    page: int = 1
    per_page: int = PER_PAGE


def runs_page(store: Store, places: Places, shown: Shown, live: Sequence[Block] = ()) -> Page:
    """One page of the list. ``live`` are runs that are still going on, which stand before it."""
    n = count_wanted(store.connection, shown.wanted)
    first = shown.per_page * (shown.page - 1)
    found = wanted_runs(store.connection, shown.wanted, limit=shown.per_page, offset=first)
    blocks: list[Block] = []
    if places.is_served:
        blocks.append(_search(store, places, shown.wanted))
    if found:
        blocks += [_comparing(places)] if places.is_served else []
        blocks += [_table(store, places, found), *_pager(places, shown, n, len(found))]
    else:
        blocks.append(Note(_why_none(shown, n)))
    sections = [Section("going-on", "Going on", tuple(live))] if live else []
    facts = [plural(n, "run"), *([str(store.path)] if places.is_served else [])]
    return Page("Runs", "runs", [*sections, Section("runs", "", tuple(blocks))], facts)


def _why_none(shown: Shown, n: int) -> str:
    if n:
        return f"There is no page {shown.page:,}: the list has {plural(-(-n // shown.per_page), 'page')}."
    return "No run meets this." if shown.wanted != Wanted() else "There is no run yet."


def _search(store: Store, places: Places, wanted: Wanted) -> Form:
    def choices(values: Sequence[str]) -> tuple[tuple[str, str], ...]:
        return (("", "any"), *((value, value) for value in values))

    fields = (
        Field("text", "Search", wanted.text, placeholder="run, task, model, branch, commit"),
        Field("task", "Task", wanted.task, "choice", choices(task_names(store.connection))),
        Field("outcome", "Verdict", wanted.outcome, "choice", choices(OUTCOMES)),
        Field("status", "Status", wanted.status, "choice", choices(_STATUSES)),
    )
    return Form("look", "Filter the runs", places.part("runs"), "Filter", fields)


def _comparing(places: Places) -> Form:
    note = "Two: the earlier is the baseline. More: a leaderboard of their subjects."
    action = places.comparison([]).partition("?")[0]
    return Form("compare", "Compare runs", action, "Compare the runs that are ticked", note=note)


def _table(store: Store, places: Places, found: Sequence[Run]) -> Table:
    """Columns that say nothing of any of these runs are left out."""
    run_ids = [run.run_id for run in found]
    outcomes, told = store.outcomes(run_ids), tell(store, run_ids)
    columns = (
        Column("Compare"), Column("Run", "lead"), Column("Verdict"), Column("Evaluations", "wide"),
        Column("Changed"), Column("Cost", "number"), Column("Commit"),
    )  # fmt: skip
    rows = [_cells(places, run, outcomes.get(run.run_id, {}), told[run.run_id]) for run in found]
    kept = [at for at in range(len(columns)) if any(row[at] != Text("") for row in rows)]
    shown = [Row(tuple(row[at] for at in kept)) for row in rows]
    return Table("Runs, the latest first", tuple(columns[at] for at in kept), shown)


def _cells(places: Places, run: Run, counts: Mapping[str, int], told: Told) -> tuple[Cell, ...]:
    lines = told.every_line
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1:,} more"]
    pick = Pick(f"run.{run.run_id}", f"Compare run {run.run_id}", "compare")
    return (
        pick if places.is_served else Text(""), _name(places, run), _verdict(counts),
        Text("\n".join(lines), "lines"), Text(told.changes), Text(told.cost), Text(commit_text(run)),
    )  # fmt: skip


def _verdict(counts: Mapping[str, int]) -> Badge:
    worst = next((outcome for outcome in OUTCOMES if outcome in counts), None)
    if worst is None:
        return Badge("none", "no gates")
    return Badge(worst, f"{counts[worst]:,} {worst}" if len(counts) > 1 or counts[worst] > 1 else worst)


def _name(places: Places, run: Run) -> Cell:
    status = run_status(run)
    about = time_text(run.started_at) + ("" if status == "finished" else f", {status}")
    href = places.run(run.run_id)
    return Link(run.run_id, href, more=about) if href else Text(f"{run.run_id} {about}")


def _pager(places: Places, shown: Shown, n: int, n_found: int) -> list[Pager]:
    if n <= shown.per_page:
        return []
    query = asdict(shown.wanted)
    first = shown.per_page * (shown.page - 1)

    def at(page: int) -> str:
        return places.part("runs", {**query, "page": str(page)} if page > 1 else query)

    earlier = at(shown.page - 1) if shown.page > 1 else ""
    later = at(shown.page + 1) if first + n_found < n else ""
    return [Pager(f"{first + 1:,} to {first + n_found:,} of {n:,}", earlier, later)]
