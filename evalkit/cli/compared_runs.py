"""What two runs differ in, for who reads a terminal: a table, and where it is one a forest plot in colour."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.cli.printing import cell_text, print_lines, say, table_lines
from evalkit.cli.terminal_look import Look, look_of
from evalkit.session.stored.findings import EXPLORATION, Finding
from evalkit.session.stored.sides import Side

_COLORS = {
    "worse": "red", "not comparable": "red", "undecided": "yellow", "dropped": "yellow", "better": "green",
    "no worse": "green",
}  # fmt: skip
_SHAPE_COLORS = {
    "fail": "red", "worse": "red", "undecided": "yellow", "pass": "green", "better": "green",
}  # fmt: skip
_NAMES = (
    "task", "subject", "metric", "decided by", "baseline", "candidate", "change", "won/lost/tied", "q",
    "verdict",
)  # fmt: skip


def print_findings(base: Side, candidate: Side, findings: Sequence[Finding]) -> None:
    """The two sides, the table, its picture on a terminal, then why each that did not pass did not."""
    look = look_of()
    shown = _labels(findings)
    for word, side, label in zip(("baseline", "candidate"), (base, candidate), shown, strict=True):
        others = dict.fromkeys(each.run_id for each in side.pool)
        pooled = f"  pooled with {', '.join(others)}" if others else ""
        say(f"{word:<9}  {side.run.run_id}  {label}".rstrip() + pooled)
    if not findings:
        say("\nno metric that a paired test fits is on both sides")
        return
    say("")
    q_found = q_values_of(findings)
    print_lines(_table(findings, q_found, look, is_labelled=bool(shown[0])))
    if look.has_pictures:
        print_lines(_picture(findings, look))
    _print_remarks(findings, q_found)
    _print_reasons(findings, look)


def q_values_of(findings: Sequence[Finding]) -> dict[int, float]:
    """Place among the findings -> two-sided p-value adjusted over all of them; empty for a single one."""
    from evalkit.report.fdr import q_values

    found = {i: finding.verdict.comparison for i, finding in enumerate(findings)}
    p_values = {i: c.p_two_sided for i, c in found.items() if c is not None}
    return q_values({i: p_value for i, p_value in p_values.items() if p_value is not None})


def _labels(findings: Sequence[Finding]) -> list[str]:
    """Of baseline and candidate, where each side is one subject; else empty."""
    labels = {(each.base.subject.label, each.candidate.subject.label) for each in findings}
    return [cell_text(label) for label in labels.pop()] if len(labels) == 1 else ["", ""]


def _table(
    findings: Sequence[Finding], q_found: dict[int, float], look: Look, *, is_labelled: bool
) -> list[str]:
    """Its lines; the last word of each row, the verdict, in its colour."""
    # Where each side is one subject it stands above the table already; one comparison alone has no family.
    left_out = {"subject"} if is_labelled else set()
    if not any(finding.is_gate for finding in findings):
        left_out.add("decided by")
    kept = [i for i, name in enumerate(_NAMES) if name not in left_out | (set() if q_found else {"q"})]
    headers = [_NAMES[i] for i in kept]
    rows = [_row(finding, q_found.get(place)) for place, finding in enumerate(findings)]
    numbers = headers[headers.index("baseline") : -1]
    head, *lines = table_lines(
        headers,
        [[row[i] for i in kept] for row in rows],
        right=numbers,
        whole=("metric", "decided by", *numbers, "verdict"),
        width=look.width,
    )
    found = [look.painted(head, "bold")]
    for line, finding in zip(lines, findings, strict=True):
        rest = line.removesuffix(finding.word)
        found.append(look.painted(rest, "") + look.painted(finding.word, _COLORS[finding.word]))
    return found


def _picture(findings: Sequence[Finding], look: Look) -> list[str]:
    from evalkit.report.plain_forest import plain_forest
    from evalkit.session.stored.drawn import drawn

    lines = plain_forest(drawn(findings), width=look.width)
    painted = [look.painted(line.text, _SHAPE_COLORS.get(line.shape or "", "")) for line in lines]
    return ["", *painted] if painted else []


def _print_remarks(findings: Sequence[Finding], q_found: dict[int, float]) -> None:
    from evalkit.report.fdr import sentence
    from evalkit.report.terminal import wrapped

    if q_found:
        say("")
        say("\n".join(wrapped(sentence(list(q_found.values())), indent="")))
    if not any(finding.is_gate for finding in findings):
        say("\nexploration: no task of the candidate was run with a regression gate")
    if any(f.verdict.comparison is not None and not f.verdict.comparison.is_paired for f in findings):
        say("\nunpaired: no samples to pair, tested by the two standard errors alone")


def _print_reasons(findings: Sequence[Finding], look: Look) -> None:
    from evalkit.report.terminal import wrapped

    for finding in findings:
        found = finding.verdict.comparison
        if finding.verdict.verdict != "pass" or (found is not None and found.correction is not None):
            place = look.painted(f"{cell_text(finding.candidate.task)}, {_subjects(finding)}: ", "")
            print_lines(["", place + look.painted(finding.word, _COLORS[finding.word])])
            say("\n".join(wrapped(cell_text(finding.verdict.detail), indent="  ")))


def _row(finding: Finding, q: float | None) -> tuple[str, ...]:
    from evalkit.report.fdr import q_text
    from evalkit.report.numbers import difference_text, value_text

    c = finding.verdict.comparison
    numbers = ("", "", "", "") if c is None else (
        value_text(c.metric, c.baseline),
        value_text(c.metric, c.candidate),
        difference_text(c.metric, c.candidate - c.baseline),
        f"{c.n_wins}/{c.n_losses}/{c.n_ties}" if c.is_paired else "unpaired",
    )  # fmt: skip
    place = (finding.candidate.task, _subjects(finding), finding.metric)
    return (*place, "gate" if finding.is_gate else EXPLORATION, *numbers, q_text(q), finding.word)


def _subjects(finding: Finding) -> str:
    base, candidate = finding.base.subject.label, finding.candidate.subject.label
    return cell_text(candidate if base == candidate else f"{base} -> {candidate}")
