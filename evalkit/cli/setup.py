"""``evalkit setup local``: fetch the weights that no package can carry, checked by their hash."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from evalkit.cli.printing import print_json
from evalkit.cli.shared_options import add_shared_options
from evalkit.errors import UnknownNameError, did_you_mean

HELP = "fetch what a package cannot carry"
MODELS = ("smollm2", "gemma3-270m")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True)
    local = things.add_parser("local", help="weights of the embedded models")
    local.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)} (default smollm2)")
    add_shared_options(local)


def run(arguments: argparse.Namespace) -> int:
    weights = import_module("evalkit.models.weights")
    names = arguments.models or MODELS[:1]
    for name in names:
        if name not in MODELS:
            raise UnknownNameError(f"unknown embedded model {name!r}", mend=did_you_mean(name, MODELS))
    paths = {name: str(weights.fetch(name, _progress)) for name in names}
    if arguments.json:
        print_json(paths)
    else:
        for name, path in paths.items():
            print(f"local/{name}: {path}")
    return 0


def _progress(text: str) -> None:
    print(text, file=sys.stderr)
