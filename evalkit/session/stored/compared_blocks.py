"""What ``evalkit compare`` found between two runs, as the blocks that a page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evalkit.core.text import name_of
from evalkit.report.blocks import Badge, Block, Cell, Column, Facts, Note, Row, Table, Text
from evalkit.report.difference_table import MOVES, NUMBERS, moves_cell, number_cells
from evalkit.report.fdr import q_text, q_values, sentence
from evalkit.report.sections import Section
from evalkit.report.sections.slices import TITLE as SLICES
from evalkit.report.sections.slices import moved_slices
from evalkit.report.story import Forest
from evalkit.report.verdict_table import verdict_table, worst_first
from evalkit.session.stored.comparison import StoredComparison
from evalkit.session.stored.drawn import change_of, drawn
from evalkit.session.stored.findings import EXPLORATION, Finding
from evalkit.session.stored.sides import Side

#: Of a finding's word, the outcome whose colour it has.
_OUTCOMES = {
    "worse": "fail", "not comparable": "error", "undecided": "undecided", "dropped": "dropped",
    "better": "pass", "no worse": "pass",
}  # fmt: skip


def compared_sections(
    compared: StoredComparison, missing: Iterable[str] = (), moved: Iterable[str] = ()
) -> Iterator[Section]:
    """The two sides, each finding with its numbers, the picture of all, why each that did not pass did not;
    then the slices that moved.

    Args:
        missing: between which ends numbers lie, a sentence for each.
        moved: what differs between the sides beside the numbers.
    """
    findings = compared.findings
    shown = _labels(findings)
    yield Section("sides", "", (Facts(tuple(_sides(compared, shown))),))
    if not findings:
        yield Section("findings", "", (Note("no metric that a paired test fits is on both sides"),))
    else:
        yield Section("findings", "", (_table(findings, is_labelled=bool(shown[0])),))
        if plots := drawn(findings):
            yield Section("forest", "", (Forest(plots),))
        yield from (Section("note", "", (each,)) for each in _notes(findings))
        if told := worst_first([(each, each.verdict) for each in findings if _is_told(each)]):
            has_tasks = len({each.task for each in findings}) > 1
            table = verdict_table(told, has_tasks=has_tasks, has_subjects=not shown[0])
            yield Section("verdicts", "", (table,))
    if compared.scans:
        pairs = [(each, each.scan) for each in compared.scans]
        has_tasks = len({each.task for each in compared.scans}) > 1
        yield Section("slices", SLICES, tuple(moved_slices(pairs, has_tasks=has_tasks)))
    for name, title, lines in (("missing", "Missing answers", missing), ("moved", "What moved", moved)):
        if notes := tuple(map(Note, lines)):
            yield Section(name, title, notes)


def q_values_of(findings: Sequence[Finding]) -> dict[int, float]:
    """Place among the findings -> two-sided p-value adjusted over all of them; empty for a single one."""
    found = {i: finding.verdict.comparison for i, finding in enumerate(findings)}
    p_values = {i: c.p_two_sided for i, c in found.items() if c is not None}
    return q_values({i: p_value for i, p_value in p_values.items() if p_value is not None})


def _sides(compared: StoredComparison, shown: Sequence[str]) -> Iterator[tuple[str, Cell]]:
    sides: tuple[Side, Side] = (compared.base, compared.candidate)
    for word, side, label in zip(("baseline", "candidate"), sides, shown, strict=True):
        others = dict.fromkeys(each.run_id for each in side.pool)
        pooled = f"pooled with {', '.join(others)}" if others else ""
        yield word, Text("  ".join(filter(None, (side.run.run_id, label, pooled))))


def _labels(findings: Sequence[Finding]) -> list[str]:
    """Of baseline and candidate, where each side is one subject; else empty."""
    labels = {(each.base.subject.label, each.candidate.subject.label) for each in findings}
    return [name_of(label) for label in labels.pop()] if len(labels) == 1 else ["", ""]


def _table(findings: Sequence[Finding], *, is_labelled: bool) -> Table:
    """Where each side is one subject it stands above the table already; one comparison alone has no
    family."""
    q_found = q_values_of(findings)
    has_gates = any(finding.is_gate for finding in findings)
    columns = (
        Column("Metric"),
        *([] if is_labelled else [Column("Subject")]),
        *([Column("Decided by")] if has_gates else []),
        *NUMBERS,
        MOVES,
        *([Column("q", "number")] if q_found else []),
        Column("Finding"),
    )
    tasks = dict.fromkeys(each.task for each in findings)
    rows = []
    for task in tasks:
        rows += [Row((), heading=task)]
        for place, each in enumerate(findings):
            if each.task == task:
                c = each.verdict.comparison
                cells: list[Cell] = [Text(each.metric), *([] if is_labelled else [Text(each.label)])]
                cells += [Text("gate" if each.is_gate else EXPLORATION)] if has_gates else []
                cells += [*number_cells(c, change_of(each)), moves_cell(c)]
                cells += [Text(q_text(q_found.get(place)), "number")] if q_found else []
                rows.append(Row((*cells, Badge(_OUTCOMES[each.word], each.word))))
    return Table("What was compared, with its numbers", columns, rows)


def _notes(findings: Sequence[Finding]) -> Iterator[Block]:
    if q_found := q_values_of(findings):
        yield Note(sentence(list(q_found.values())))
    if not any(finding.is_gate for finding in findings):
        yield Note("exploration: no task of the candidate was run with a regression gate")
    if any(f.verdict.comparison is not None and not f.verdict.comparison.is_paired for f in findings):
        yield Note("unpaired: no samples to pair, tested by the two standard errors alone")


def _is_told(finding: Finding) -> bool:
    """Whether its verdict has something to say that the table does not."""
    found = finding.verdict.comparison
    return finding.verdict.verdict != "pass" or (found is not None and found.correction is not None)
