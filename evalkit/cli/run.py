"""``evalkit run SUITE…``: the evaluation that pytest runs, for cron, containers and people without pytest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import print_json, print_lines, say
from evalkit.errors import BatchPendingError, UsageError
from evalkit.report.look import look_of
from evalkit.session.options import OPTIONS, Option, Options, OptionsReader
from evalkit.session.outcome import PENDING

if TYPE_CHECKING:
    from evalkit.core.task import Task

HELP = "evaluate suites, as pytest --llm-model does"
#: As pytest ends: something failed, or the session was cut off.
FAILED, INTERRUPTED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = "task files, folders of them, or Python modules with evalkit.Task"
    parser.add_argument("suites", nargs="+", type=Path, metavar="SUITE", help=what)
    for option in OPTIONS:
        if option.name == "store":
            continue  # every command has it
        keywords: dict[str, Any] = {"dest": _dest(option), "default": None, "help": option.help}
        if option.is_flag:
            keywords["action"] = "store_true"
        else:
            keywords |= {"metavar": option.metavar, "action": "append" if option.is_list else "store"}
            keywords |= {"nargs": "?", "const": option.bare} if option.bare else {}
        parser.add_argument(f"--{option.name}", **keywords)
    parser.add_argument("--quiet", action="store_true", help="no progress bar, and output only for failures")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when every gate passes, 1 when one does not or results were lost, 2 when interrupted, 75 when
    batches are left to the same command later."""
    from evalkit.api.options import project_root
    from evalkit.api.progress import ProgressBar
    from evalkit.session.driver import drive
    from evalkit.session.solo import SoloSession
    from evalkit.session.task_sources import load_tasks

    cwd = Path.cwd()
    options = OptionsReader(partial(_raw, arguments), partial(_place, arguments), cwd).read()
    if not options.models:
        raise UsageError("no model is given", hint="add --model=SPEC, for example --model=local/smollm2")
    tasks = [task for path in arguments.suites for task in load_tasks(path)]
    if options.is_dry_run:
        return _dry_run(options, tasks, cwd, is_json=arguments.json)
    with ProgressBar(not arguments.quiet and sys.stderr.isatty()) as bar:
        solo = SoloSession(options, project_root(cwd), cwd, ["evalkit", *arguments.words], on_wait=bar.tick)
        bar.follow(solo.session)
        is_interrupted = False
        try:
            results = drive(solo, tasks)
        except BatchPendingError:
            results = []
        except KeyboardInterrupt:
            is_interrupted, results = True, []
    failed = [each for each in results if not each.is_passed]
    if not arguments.quiet or failed or solo.closing.has_lost_results or solo.is_pending:
        print_lines(solo.closing.summary_lines(look_of()))
        say(*solo.closing.host_commands())
    if solo.is_pending and not solo.closing.has_lost_results:
        return PENDING
    if is_interrupted or solo.is_cut:
        return INTERRUPTED
    return FAILED if failed or solo.closing.has_lost_results else 0


def _dry_run(options: Options, tasks: Sequence[Task], cwd: Path, *, is_json: bool) -> int:
    from evalkit.api.options import project_root
    from evalkit.session.driver import plan
    from evalkit.session.dry_run.estimating import dry_run
    from evalkit.session.dry_run.table import dry_run_lines
    from evalkit.session.session import EvalSession

    session = EvalSession(options, project_root(cwd), cwd, "dry-run")
    found = dry_run(session, plan(session.tasks, tasks))
    if is_json:
        print_json(found.as_dict())
    else:
        say(*dry_run_lines(found))
    return 0


def _raw(arguments: argparse.Namespace, option: Option) -> Any:
    """The command line wins, then the environment."""
    if option.name == "store":
        return arguments.store
    value = getattr(arguments, _dest(option))
    return value if value not in (None, False) else os.environ.get(option.env) or None


def _place(arguments: argparse.Namespace, option: Option) -> str:
    is_on_line = getattr(arguments, _dest(option), None) is not None
    return f"--{option.name}" if is_on_line else option.env


def _dest(option: Option) -> str:
    return "option_" + option.name.replace("-", "_")
