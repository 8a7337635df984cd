"""``evalkit prompts``: the versions of prompts, what they reached, and which one is to blame."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from evalkit.cli.shared_options import add_shared_options

HELP = "versions of prompts: list, show, diff, log, label, revert, blame"

#: Action -> the module that has it, so that none waits for another's imports.
_MODULES = {
    "list": "prompt_texts",
    "show": "prompt_texts",
    "diff": "prompt_texts",
    "log": "prompt_log",
    "label": "prompt_changes",
    "revert": "prompt_changes",
    "blame": "prompt_blame",
}
_VERSION = "a number (3), a label, the start of a text's hash, or a git commit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    what = "list names, versions, and when each text was first used"
    add_shared_options(actions.add_parser("list", help=what))
    show = _action(actions, "show", "print a text as it was written, for use as a file")
    what = "NAME@VERSION, the hash of a text or its start, or a name: its latest text"
    show.add_argument("prompt", metavar="PROMPT", help=what)
    diff = _action(actions, "diff", "show what changed between two versions, by lines and words")
    diff.add_argument("prompt", metavar="NAME")
    diff.add_argument("old", metavar="VERSION", help=_VERSION)
    diff.add_argument(
        "new", metavar="VERSION", nargs="?", help="like the first; by default the file as it is"
    )
    log = _action(actions, "log", "list versions with the metrics that they reached")
    log.add_argument("prompt", metavar="NAME")
    for name in ("task", "model", "metric"):
        log.add_argument(f"--{name}", help=f"only this {name}")
    label = _action(actions, "label", "point a label at a version, or show where labels pointed")
    label.add_argument("prompt", metavar="NAME")
    label.add_argument("version", metavar="VERSION", nargs="?", help=_VERSION)
    label.add_argument("label", metavar="LABEL", nargs="?", help="such as production")
    label.add_argument("--remove", metavar="LABEL", help="remove this label")
    revert = _action(actions, "revert", "write the text of a version back into the prompt's file")
    revert.add_argument("prompt", metavar="NAME")
    revert.add_argument("version", metavar="VERSION", help=_VERSION)
    _add_blame(_action(actions, "blame", "find the version between two runs that brought a regression"))
    revert.add_argument("--force", action="store_true", help="overwrite uncommitted changes, too")


def run(arguments: argparse.Namespace) -> int:
    module = import_module(f"evalkit.cli.{_MODULES[arguments.action]}")
    return int(module.ACTIONS[arguments.action](arguments))


def _add_blame(blame: argparse.ArgumentParser) -> None:
    run = "a run's id or the start of one, 'latest', or a baseline's name"
    blame.add_argument("prompt", metavar="NAME")
    blame.add_argument("base", metavar="BASE", help=f"a run when it was still good: {run}")
    blame.add_argument("candidate", metavar="RUN", nargs="?", default="latest", help="a run when it was bad")
    what = "where the task is declared: versions without stored answers are asked; repeatable"
    blame.add_argument("--suite", type=Path, action="append", default=[], metavar="SUITE", help=what)
    for name in ("task", "model", "metric"):
        blame.add_argument(f"--{name}", help=f"the {name}, if there are several")
    what = "probability of naming a wrong version (default: the gate's)"
    blame.add_argument("--alpha", type=float, help=what)
    blame.add_argument("--quiet", action="store_true", help="no progress bar")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    add_shared_options(parser)
    parser.add_argument(
        "--file", type=Path, metavar="PATH", help="the prompt's file, if it is not found by name"
    )
    return parser
