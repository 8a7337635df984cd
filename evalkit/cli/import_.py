"""``evalkit import FORMAT PATH…``: results of other tools become runs of the store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import local_time, print_json, say
from evalkit.core.text import plural

if TYPE_CHECKING:
    from evalkit.imports.storing import Stored

HELP = "import results of another tool into the store"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "format",
        metavar="FORMAT",
        help="deepeval, helm, inspect, lm-eval, openai-evals, promptfoo, or auto to detect it",
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a file, or a folder of them")


def run(arguments: argparse.Namespace) -> int:
    """Everything is read before anything is written: one bad file, and the store stays as it was."""
    from evalkit.imports.formats import read_runs
    from evalkit.imports.storing import store_runs

    read = [found for path in arguments.paths for found in read_runs(arguments.format, path)]
    stored = store_runs(arguments.store, read)
    if arguments.json:
        print_json([_object(each) for each in stored])
    else:
        for each in stored:
            say(_line(each))
    return 0


def _line(stored: Stored) -> str:
    run = f"run {stored.run.run_id} ({stored.format}, {local_time(stored.run.started_at)})"
    if not stored.is_new:
        return f"{run} was there already"
    content = f"{plural(stored.n_responses, 'response')}, {plural(stored.n_metrics, 'metric')}"
    return f"{run}: {content}" + (", partial (never a baseline)" if stored.run.is_partial else "")


def _object(stored: Stored) -> dict[str, Any]:
    return {
        "run_id": stored.run.run_id,
        "format": stored.format,
        "is_new": stored.is_new,
        "is_partial": stored.run.is_partial,
        "n_responses": stored.n_responses,
    }
