"""``evalkit judge``: judges as what is tested, each action in a file of its own."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from evalkit.cli.shared_options import add_shared_options

HELP = "measure a judge against people, or judge the answers of a run again"

#: Each is a module ``judge_ACTION`` with ``HELP``, ``add_arguments(parser)`` and ``run(arguments)``.
ACTIONS = ("calibrate", "rejudge")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ACTIONS:
        module = _module(name)
        action = actions.add_parser(name, help=module.HELP, description=module.HELP)
        add_shared_options(action)
        module.add_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    return int(_module(arguments.action).run(arguments))


def _module(action: str) -> Any:
    return import_module(f"evalkit.cli.judge_{action}")
