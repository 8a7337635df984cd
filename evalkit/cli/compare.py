"""``evalkit compare BASE CANDIDATE``: did anything get worse? More runs than two give a leaderboard."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evalkit.cli.changed_inputs import explained, moved_lines, moved_objects
from evalkit.cli.missing import missing_lines
from evalkit.cli.printing import print_json, print_notes
from evalkit.cli.printing_blocks import print_sections
from evalkit.cli.runs import run_object
from evalkit.cli.shared_options import written_file
from evalkit.session.stored.compared_blocks import compared_sections, q_values_of
from evalkit.session.stored.comparison import StoredComparison, compare_runs, comparison_data
from evalkit.session.stored.findings import Finding, Limits
from evalkit.session.stored.run_names import RUN_HELP
from evalkit.session.stored.sides import Side
from evalkit.store.store import Store

HELP = "compare two runs sample by sample, or rank the subjects of one run or of several"
WORSE, UNDECIDED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    side = f"{RUN_HELP}; with ::SUBJECT one subject of it"
    what = f"two: baseline and candidate; any other number: a leaderboard of their subjects. Each is {side}"
    parser.add_argument("runs", metavar="RUN", nargs="+", help=what)
    parser.add_argument(
        "--by", choices=("model", "prompt"),
        help="leaderboard: rank each model's prompts, or each prompt's models, among themselves",
    )  # fmt: skip
    parser.add_argument(
        "--metric", action="append", default=[], metavar="NAME",
        help="leaderboard: rank in this metric (may be repeated; by default the task's first and its gates')",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=written_file, metavar="PATH", help="write a report of both runs side by side"
    )
    parser.add_argument(
        "--markdown", type=written_file, metavar="PATH", help="write a summary for a pull request"
    )
    parser.add_argument(
        "--margin",
        type=float,
        help="exploration (metrics without a gate) of two runs: acceptable drop (default 0.02)",
    )
    parser.add_argument(
        "--alpha", type=float, default=0.05,
        help="exploration, leaderboard: false-alarm rate of all tests (default 0.05)",
    )  # fmt: skip
    parser.add_argument(
        "--max-error-rate", type=float, metavar="SHARE",
        help="exploration, leaderboard: share of a side that may fail (default 0.01, as in a task)",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on-regression",
        action="store_true",
        help="two runs: count what cannot be compared and runs that were cut off as worse, for CI",
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 2 if something is undecided, or no subject is best"
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
        print_sections(compared_sections(compared, missing, moved_lines(pairs, explanations)))
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
    from evalkit.report.comment import write_comment
    from evalkit.report.write import write_data

    data = comparison_data(store, compared)
    if arguments.html is not None:
        write_data(data, arguments.html)
    if arguments.markdown is not None:
        write_comment(data, arguments.markdown, arguments.html)


def _object(base: Side, candidate: Side, findings: Sequence[Finding]) -> dict[str, Any]:
    q_found = q_values_of(findings)
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
