"""``evalkit judge calibrate``: judges, which are tested as models are."""

from __future__ import annotations

import argparse

from evalkit.cli import judge_calibrate
from evalkit.cli.shared_options import add_shared_options

HELP = "measure judges against people"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    calibrate = actions.add_parser("calibrate", help=judge_calibrate.HELP, description=judge_calibrate.HELP)
    judge_calibrate.add_arguments(calibrate)
    add_shared_options(calibrate)


def run(arguments: argparse.Namespace) -> int:
    actions = {"calibrate": judge_calibrate.run}
    return actions[arguments.action](arguments)
