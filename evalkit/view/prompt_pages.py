"""Prompts over time: which there are, and of each its versions, what changed, and what they reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.text import plural
from evalkit.errors import StoreError, did_you_mean
from evalkit.report.blocks import Block, Cell, Column, Facts, Interval, Note, Row, Table, Text
from evalkit.report.common_metrics import COMMON
from evalkit.report.numbers import interval_text, time_text, value_text
from evalkit.report.page import Page
from evalkit.report.prompt_lines import prompt_lines
from evalkit.report.sections import Section
from evalkit.report.story import PromptChange
from evalkit.report.ways import Link
from evalkit.session.prompt_catalogue.timeline import labels_of, title
from evalkit.store.prompt_metrics import ReachedMetric, reached
from evalkit.store.prompts import StoredPrompt, label_rows
from evalkit.store.store import Store
from evalkit.view.places import Places


def prompts_page(store: Store, places: Places) -> Page:
    """All prompts of the store by name."""
    by_name: dict[str, list[StoredPrompt]] = {}
    for each in store.prompts():
        by_name.setdefault(each.prompt, []).append(each)
    columns = (
        Column("Prompt", "lead"), Column("Versions", "number"), Column("Latest"), Column("First stored"),
        Column("File", "wide"),
    )  # fmt: skip
    rows = []
    for name, its in sorted(by_name.items()):
        last = its[-1]
        rows.append(Row((
            Link(name, places.prompt(name)), Text(f"{len(its):,}"), Text(title(last)),
            Text(time_text(last.created_at), "muted"), Text(last.path or "", "code" if last.path else ""),
        )))  # fmt: skip
    block: Block = Table("Prompts by name", columns, rows) if rows else Note("No prompt is stored yet.")
    return Page("Prompts", "prompts", [Section("prompts", "", (block,))], [plural(len(by_name), "prompt")])


def prompt_page(store: Store, places: Places, name: str) -> Page:
    """One prompt, the latest version first. Raises StoreError, with what is near it, where there is none."""
    versions = store.prompts(name)
    if not versions:
        hint = did_you_mean(name, {each.prompt for each in store.prompts()})
        raise StoreError(f"there is no prompt {name!r}", hint=hint)
    # Where each label points now: a later row replaces an earlier one.
    labels = {row.label: row.prompt_hash or "" for row in label_rows(store.connection, name)}
    by_hash: dict[str, list[ReachedMetric]] = {}
    for each in reached(store.connection, name, COMMON):
        by_hash.setdefault(each.prompt_hash, []).append(each)
    pairs = list(zip([None, *versions[:-1]], versions, strict=True))
    sections = [
        Section(
            f"version-{number}", title(version), tuple(_version(places, before, version, labels, by_hash))
        )
        for number, (before, version) in reversed(list(enumerate(pairs, 1)))
    ]
    return Page(name, "a prompt over time", sections, [plural(len(versions), "version")])


def _version(
    places: Places, before: StoredPrompt | None, version: StoredPrompt, labels: Mapping[str, str],
    by_hash: dict[str, list[ReachedMetric]],
) -> list[Block]:  # fmt: skip
    commit = version.git_commit
    facts = (
        ("Labels", ", ".join(labels_of(version, labels))), ("Hash", version.prompt_hash),
        ("Commit", f"{commit[:10]}, {version.git_author or ''}".rstrip(", ") if commit else ""),
        ("Committed", time_text(version.committed_at) if version.committed_at else ""),
        ("First stored", time_text(version.created_at)), ("Message", version.message or ""),
        ("File", version.path or ""),
    )  # fmt: skip
    told: tuple[tuple[str, Cell], ...] = tuple((name, Text(value)) for name, value in facts if value)
    earlier, old = ("nothing before it", "") if before is None else (title(before), before.template)
    diff = PromptChange(earlier, title(version), prompt_lines(old, version.template), "", ())
    found = by_hash.get(version.prompt_hash, [])
    return [Facts(told), *([_reached(places, found)] if found else [Note("No evaluation used it.")]), diff]


def _reached(places: Places, found: Sequence[ReachedMetric]) -> Table:
    columns = (
        Column("Task", "lead"), Column("Model"), Column("Metric"), Column("Value", "number"),
        Column("95 % interval"), Column("n", "number"), Column("Run", "wide"),
    )  # fmt: skip
    rows = [
        Row((
            Text(each.task), Text(each.model), Text(each.metric), Text(value_text(each.metric, each.value)),
            _interval(each), Text(f"{each.n:,}"), _run(places, each),
        ))
        for each in found
    ]  # fmt: skip
    return Table("What the version reached, in its latest evaluations", columns, rows)


def _interval(each: ReachedMetric) -> Cell:
    if each.low is None or each.high is None or not (each.low >= 0.0 and each.high <= 1.0):
        return Text(interval_text(each.metric, each.low, each.high))
    return Interval(
        each.value, each.low, each.high, 0.0, 1.0, interval_text(each.metric, each.low, each.high)
    )


def _run(places: Places, each: ReachedMetric) -> Cell:
    about = time_text(each.started_at) + (", part of the samples" if each.is_partial else "")
    href = places.run(each.run_id)
    return Link(each.run_id, href, more=about) if href else Text(f"{each.run_id} {about}")
