"""What the samples of a task are worth, as ``evalkit items`` finds it."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.text import plural
from evalkit.items.power import GatePower, gate_alpha
from evalkit.items.review import ItemReview, TaskReview, review_items
from evalkit.items.wording import WORDS, drop_text, pace_text, remarks, told, total_usd
from evalkit.report.blocks import Block, Column, Fold, Note, Row, Table, Text
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.report.ways import Field, Form
from evalkit.store.items import last_differences, read_items
from evalkit.store.listing import task_names
from evalkit.store.store import Store
from evalkit.view.places import Places

#: Samples that are shown, those with the worst findings first.
MOST = 100
_PART = "what samples are worth"


def items_page(store: Store, places: Places, task: str) -> Page:
    """The findings of a task; without one the choice of it. Raises StoreError for an unknown task."""
    names = task_names(store.connection)
    choices = tuple((name, name) for name in names)
    field = Field("task", "Task", task, "choice", choices)
    form = Form("look", "Choose the task", places.part("items"), "Show", (field,))
    blocks: list[Block] = [form] if names else [Note("There is no run yet.")]
    if not task:
        return Page("Items", _PART, [Section("choice", "", tuple(blocks))])
    rows = read_items(store.connection, task)
    differences = last_differences(store.connection, rows.newest, rows.scorer)
    review = review_items(rows, GatePower(differences, gate_alpha(rows.newest)))
    facts = [
        task, rows.scorer, plural(len(review.items), "sample"), plural(len(review.subjects), "Subject"),
        plural(review.n_runs, "run"), pace_text(review.runs_a_year),
        f"smallest drop that the gate sees: {drop_text(review.visible_without())}",
    ]  # fmt: skip
    sections = [
        Section("choice", "", (form,)), Section("findings", "Findings", tuple(_kinds(review))),
        Section("samples", "Samples", tuple(_samples(review.items))),
    ]  # fmt: skip
    return Page("Items", _PART, sections, facts)


def _kinds(review: TaskReview) -> list[Block]:
    columns = (
        Column("Finding", "lead"), Column("Samples", "number"), Column("USD a year", "number"),
        Column("Visible drop without them", "wide"),
    )  # fmt: skip
    having = [(words, review.having(finding)) for finding, words in WORDS.items()]
    rows = [
        Row((
            Text(words, "strong"), Text(f"{len(items):,}"), Text(_usd(total_usd(items))),
            Text(drop_text(review.visible_without(items))),
        ))
        for words, items in having if items
    ]  # fmt: skip
    blocks: list[Block] = [Table("Findings, the worst first", columns, rows)] if rows else []
    blocks += [] if rows else [Note("Nothing speaks against any sample.")]
    return [*blocks, *(Note(f"{text[0].upper()}{text[1:]}.") for text in remarks(review))]


def _samples(items: Sequence[ItemReview]) -> list[Block]:
    order = list(WORDS)
    found = [each for each in items if each.findings]
    ranked = sorted(found, key=lambda each: [order.index(finding) for finding in each.findings])
    columns = (
        Column("Sample", "lead"), Column("Findings", "wide"), Column("Mean", "number"),
        Column("Answers", "number"), Column("Item-rest", "number"), Column("USD a year", "number"),
    )  # fmt: skip
    rows = [
        Row((
            Fold(each.sample_id, f"{each.input}\n\ntarget: {each.target}", "code", is_name=True),
            Text("\n".join(told(each, finding) for finding in each.findings), "lines"),
            Text("" if each.mean is None else f"{each.mean:.2f}"), Text(f"{each.n_answers:,}"),
            Text("" if each.discrimination is None else f"{each.discrimination:+.2f}"),
            Text(_usd(each.usd_a_year)),
        ))
        for each in ranked[:MOST]
    ]  # fmt: skip
    blocks: list[Block] = [Table("Samples with findings", columns, rows)] if rows else []
    if len(ranked) > MOST:
        blocks.append(Note(f"The first {MOST} of {len(ranked):,}; 'evalkit items' with --json has all."))
    return blocks


def _usd(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"
