"""``evalkit judge rejudge RUN``: a run's answers judged again, nothing asked of the Subjects."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.core.text import plural
from evalkit.session.stored.run_names import RUN_HELP

if TYPE_CHECKING:
    from evalkit.session.judging.rejudge import Rejudged

HELP = "judge the stored answers of a run again, with the same judge or another one"
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument("--judge", metavar="SPEC", help="judge with this model, not with the run's own judge")
    parser.add_argument("--repeats", metavar="N", default="1", help="further rounds (default 1)")
    what = "the task file, or a folder with it (default: those below the working directory)"
    parser.add_argument("--task", type=Path, metavar="FILE", help=what)
    parser.add_argument("--max-cost", metavar="USD", help="spend at most this many US dollars")
    what = "refuse every connection except to loopback"
    parser.add_argument("--offline", action="store_true", help=what)
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when all was judged again, 1 when something could not be, 130 when interrupted: what came is
    in the response cache, and the same command goes on from there."""
    from evalkit.api.options import options_of, project_root
    from evalkit.api.progress import ProgressBar
    from evalkit.session.judging.rejudge import rejudge

    cwd = Path.cwd()
    options = options_of(
        {
            "judge": arguments.judge, "judge_repeats": arguments.repeats, "max_cost": arguments.max_cost,
            "offline": arguments.offline, "store": arguments.store,
        },
        cwd,
    )  # fmt: skip
    argv = ["evalkit", *arguments.words]
    try:
        with ProgressBar(not arguments.quiet and sys.stderr.isatty()) as bar:
            found = rejudge(
                options, project_root(cwd), arguments.run, arguments.task, argv, on_session=bar.follow,
                on_wait=bar.tick,
            )  # fmt: skip
    except KeyboardInterrupt:
        say("interrupted: judgements so far are in the response cache; the same command resumes from there")
        return INTERRUPTED
    print_notes(found.notes)
    if arguments.json:
        print_json({"run_id": found.run_id, "new_run_id": found.new_run_id, "evaluations": _objects(found)})
    else:
        _print(found)
    return int(any(each.n_failed for each in found.evaluations))


def _objects(found: Rejudged) -> list[dict[str, Any]]:
    return [each.as_dict() for each in found.evaluations]


def _print(found: Rejudged) -> None:
    names = ("task", "subject", "judge", "answers", "rounds", "judged otherwise", "failed")
    rows: Sequence[tuple[str, ...]] = [
        (
            cell_text(each.task), cell_text(each.subject), cell_text(each.judge), f"{each.n_answers:,}",
            each.rounds_text, each.changed_text, f"{each.n_failed:,}" if each.n_failed else "",
        )
        for each in found.evaluations
    ]  # fmt: skip
    print_table(names, rows, right=names[3:], whole=names[2:])
    for each in found.evaluations:
        if each.first_error:
            place = f"{cell_text(each.task)}, {cell_text(each.subject)}"
            say(f"{place}: first failure: {cell_text(each.first_error)}")
    if found.new_run_id is None:
        n = sum(each.n_judgements for each in found.evaluations)
        say(f"stored: {plural(n, 'further judgement')} of run {found.run_id}; its scores stay as they were")
    else:
        say(f"stored: run {found.new_run_id}, judged from the answers of {found.run_id} ({found.change})")
