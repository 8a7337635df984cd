"""``evalkit setup local``: fetch the weights that no package can carry, checked by their hash."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from evalkit.cli.printing import print_json
from evalkit.cli.shared_options import add_shared_options

HELP = "fetch what a package cannot carry"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True)
    local = things.add_parser("local", help="weights of the embedded models")
    local.add_argument("models", nargs="*", metavar="MODEL", help="smollm2, gemma3-270m (default: all)")
    add_shared_options(local)


def run(arguments: argparse.Namespace) -> int:
    """Weights that are there already are not fetched again."""
    from evalkit.models.weights import WEIGHTS

    found = {name: str(_there(name)) for name in arguments.models or WEIGHTS}
    if arguments.json:
        print_json(found)
    else:
        for name, path in found.items():
            print(f"local/{name}: {path}")
    return 0


def _there(name: str) -> Path:
    from evalkit.models.weights import WEIGHTS, fetch, find_weights

    found = find_weights(name)
    if found is not None:
        return found
    weights = WEIGHTS[name]
    _progress(f"local/{name}: {weights.size_mb} MB, {weights.licence}")
    return fetch(name, _progress)


def _progress(line: str) -> None:
    print(line, file=sys.stderr)
