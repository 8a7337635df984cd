"""``evalkit compare BASE CANDIDATE``: did anything get worse? More runs than two give a leaderboard."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evalkit.cli.changed_inputs import explained, moved_lines, moved_objects
from evalkit.cli.missing import missing_lines
from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.cli.runs import run_object
from evalkit.cli.slices import print_slices
from evalkit.session.stored.comparison import StoredComparison, compare_runs, comparison_data
from evalkit.session.stored.findings import EXPLORATION, Finding, Limits
from evalkit.session.stored.run_names import RUN_HELP
from evalkit.session.stored.sides import Side
from evalkit.store.store import Store

HELP = "compare two runs, or rank the subjects of more, paired sample by sample"
WORSE, UNDECIDED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    side = f"{RUN_HELP}; with ::SUBJECT one subject of it"
    what = f"two: baseline and candidate; one, or more: a leaderboard of their subjects. Each is {side}"
    parser.add_argument("runs", metavar="RUN", nargs="+", help=what)
    parser.add_argument(
        "--by", choices=("model", "prompt"),
        help="leaderboards of each model's prompts, or of each prompt's models, among themselves",
    )  # fmt: skip
    parser.add_argument(
        "--metric", action="append", default=[], metavar="NAME",
        help="leaderboard: rank in this metric (may be repeated; by default the task's first and its gates')",
    )  # fmt: skip
    parser.add_argument("--html", type=Path, metavar="PATH", help="write a report of both runs side by side")
    parser.add_argument("--markdown", type=Path, metavar="PATH", help="write a summary for a pull request")
    parser.add_argument(
        "--margin", type=float, help="exploration of two runs: acceptable drop (default 0.02)"
    )
    parser.add_argument(
        "--alpha", type=float, default=0.05,
        help="exploration, leaderboard: false-alarm rate of all tests (default 0.05)",
    )  # fmt: skip
    parser.add_argument(
        "--max-error-rate", type=float, metavar="SHARE",
        help="exploration, leaderboard: share of a side that may have failed (default 0.01, as in a task)",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on-regression",
        action="store_true",
        help="two runs: count what cannot be compared, and runs that were cut off, as worse; for CI",
    )
    parser.add_argument(
        "--strict", action="store_true", help="end with 2 when something is undecided, or no subject is best"
    )


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when nothing got worse, 1 when something did, 2 when undecided and ``--strict``."""
    if len(arguments.runs) != 2 or arguments.by or arguments.metric:
        from evalkit.cli import leaderboard

        return leaderboard.run(arguments)
    limits = _limits(arguments)
    limits.check()
    with Store.open(arguments.store) as store:
        compared = compare_runs(store, arguments.runs[0], arguments.runs[1], limits)
        base, candidate, pairs, findings = (
            compared.base, compared.candidate, compared.pairs, compared.findings,
        )  # fmt: skip
        explanations = explained(store, pairs)
        missing = list(missing_lines(store, findings))
        print_notes(store.notes)
        _write(arguments, store, compared)
    if arguments.json:
        slices = [each.as_dict() for each in compared.scans]
        moved = moved_objects(pairs, explanations)
        print_json({**_object(base, candidate, findings), "moved": moved, "slices": slices})
    else:
        _print(base, candidate, findings)
        print_slices(compared.scans)
        _print_under("missing answers:", missing)
        _print_under("what moved:", moved_lines(pairs, explanations))
    return _status(arguments, compared)


def _limits(arguments: argparse.Namespace) -> Limits:
    given = {"margin": arguments.margin, "max_error_rate": arguments.max_error_rate}
    return Limits(
        alpha=arguments.alpha, **{name: value for name, value in given.items() if value is not None}
    )


def _status(arguments: argparse.Namespace, compared: StoredComparison) -> int:
    if compared.is_worse or (arguments.fail_on_regression and compared.is_broken):
        return WORSE
    seen = {finding.verdict.verdict for finding in compared.deciding}
    return UNDECIDED if arguments.strict and seen & {"undecided", "error"} else 0


def _write(arguments: argparse.Namespace, store: Store, compared: StoredComparison) -> None:
    if arguments.html is None and arguments.markdown is None:
        return
    from evalkit.report.markdown import markdown
    from evalkit.report.text_file import write_text
    from evalkit.report.write import write_data

    data = comparison_data(store, compared)
    if arguments.html is not None:
        write_data(data, arguments.html)
    if arguments.markdown is not None:
        write_text(markdown(data), arguments.markdown)


def _print(base: Side, candidate: Side, findings: Sequence[Finding]) -> None:
    from evalkit.report.fdr import sentence
    from evalkit.report.terminal import wrapped

    labels = {(each.base.subject.label, each.candidate.subject.label) for each in findings}
    shown = [cell_text(label) for label in labels.pop()] if len(labels) == 1 else ["", ""]
    for word, side, label in zip(("baseline", "candidate"), (base, candidate), shown, strict=True):
        others = dict.fromkeys(each.run_id for each in side.pool)
        pooled = f"  pooled with {', '.join(others)}" if others else ""
        say(f"{word:<9}  {side.run.run_id}  {label}".rstrip() + pooled)
    if not findings:
        say("\nno metric that a paired test fits is on both sides")
        return
    say("")
    names = (
        "task", "subject", "metric", "decided by", "baseline", "candidate", "change", "won/lost/tied", "q",
        "verdict",
    )  # fmt: skip
    q_found = _q_values(findings)
    # Where each side is one subject it stands above the table already; one comparison alone has no family.
    left_out = {"subject"} if shown[0] else set()
    if not any(finding.is_gate for finding in findings):
        left_out.add("decided by")
    kept = [i for i, name in enumerate(names) if name not in left_out | (set() if q_found else {"q"})]
    headers = [names[i] for i in kept]
    table = [_row(finding, q_found.get(place)) for place, finding in enumerate(findings)]
    numbers = headers[headers.index("baseline") : -1]
    print_table(
        headers,
        [[row[i] for i in kept] for row in table],
        right=numbers,
        whole=("metric", "decided by", *numbers, "verdict"),
    )
    if q_found:
        say("")
        say("\n".join(wrapped(sentence(list(q_found.values())), indent="")))
    if not any(finding.is_gate for finding in findings):
        say("\nexploration: no task of the candidate was run with a regression gate")
    if any(f.verdict.comparison is not None and not f.verdict.comparison.is_paired for f in findings):
        say("\nunpaired: no samples to pair, tested by the two standard errors alone")
    for finding in findings:
        found = finding.verdict.comparison
        if finding.verdict.verdict != "pass" or (found is not None and found.correction is not None):
            say(f"\n{cell_text(finding.candidate.task)}, {_subjects(finding)}: {finding.word}")
            say("\n".join(wrapped(cell_text(finding.verdict.detail), indent="  ")))


def _print_under(title: str, lines: Iterable[str]) -> None:
    from evalkit.report.terminal import wrapped

    for number, line in enumerate(lines):
        if number == 0:
            say(f"\n{title}")
        say("\n".join(wrapped(line, indent="  ")))


def _q_values(findings: Sequence[Finding]) -> dict[int, float]:
    """Place among the findings -> two-sided p-value adjusted over all of them; empty for a single one."""
    from evalkit.report.fdr import q_values

    found = {i: finding.verdict.comparison for i, finding in enumerate(findings)}
    p_values = {i: c.p_two_sided for i, c in found.items() if c is not None}
    return q_values({i: p_value for i, p_value in p_values.items() if p_value is not None})


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


def _object(base: Side, candidate: Side, findings: Sequence[Finding]) -> dict[str, Any]:
    q_found = _q_values(findings)
    return {
        "baseline": {**run_object(base.run), "pooled_with": [*dict.fromkeys(e.run_id for e in base.pool)]},
        "candidate": run_object(candidate.run),
        "comparisons": [
            {
                "task": finding.candidate.task,
                "subject": finding.candidate.subject.label,
                "baseline_subject": finding.base.subject.label,
                "metric": finding.metric,
                "finding": finding.word,
                "is_gate": finding.is_gate,
                "q_value": q_found.get(place),
                **asdict(finding.verdict),
            }
            for place, finding in enumerate(findings)
        ],
    }
