"""A text looked for in the samples of all runs; each find leads to the sample in its report."""

from __future__ import annotations

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Column, Note, Row, Table, Text
from evalkit.report.links import samples_link
from evalkit.report.numbers import time_text
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.report.ways import Field, Form, Link
from evalkit.store.found_samples import FoundSample, found_samples
from evalkit.store.listing import task_names
from evalkit.store.store import Store
from evalkit.view.places import Places

MOST = 100
_COLUMNS = (
    Column("Sample", "lead"),
    Column("Where"),
    Column("Text", "wide"),
    Column("Subject"),
    Column("Run"),
)


def search_page(store: Store, places: Places, text: str, task: str) -> Page:
    """The finds of ``text`` in a task, or in all."""
    names = task_names(store.connection)
    choices = (("", "any"), *((name, name) for name in names))
    hint = "in outputs, errors, inputs, targets, explanations"
    fields = (
        Field("text", "Text", text, placeholder=hint), Field("task", "Task", task, "choice", choices),
    )  # fmt: skip
    form = Form("look", "Search the samples of all runs", places.part("search"), "Search", fields)
    blocks: list[Block] = [form]
    wanted = text.strip()
    facts = []
    if wanted:
        found = found_samples(store.connection, wanted, task, limit=MOST + 1)
        shown = found[:MOST]
        facts.append(f"more than {MOST}, the latest" if len(found) > MOST else plural(len(found), "answer"))
        rows = [_row(places, each) for each in shown]
        blocks.append(
            Table("Answers, the latest run first", _COLUMNS, rows) if rows else Note("Nothing has it.")
        )
    return Page("Search", "samples of all runs", [Section("found", "", tuple(blocks))], facts)


def _row(places: Places, found: FoundSample) -> Row:
    at = samples_link(task=found.task, subject=found.label, sample=found.sample_id, repeat=found.repeat)
    return Row((
        Link(found.sample_id, places.run(found.run_id) + at, more=found.task), Text(found.where, "muted"),
        Text(" ".join(found.around.split()), "lines"), Text(found.label),
        Link(found.run_id, places.run(found.run_id), more=time_text(found.started_at)),
    ))  # fmt: skip
