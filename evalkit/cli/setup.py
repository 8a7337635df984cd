"""``evalkit setup local|spice``: fetch what no package can carry, checked by its hash."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from evalkit.cli.printing import print_json
from evalkit.cli.shared_options import add_shared_options
from evalkit.core.text import plural

HELP = "fetch what a package cannot carry"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True)
    local = things.add_parser("local", help="weights of the embedded models")
    local.add_argument("models", nargs="*", metavar="MODEL", help="smollm2, gemma3-270m (default: all)")
    spice = things.add_parser("spice", help="the jars that SPICE's parser needs (387 MB)")
    spice.add_argument("--mirror", metavar="URL", help="a Maven repository to take instead of Maven Central")
    for each in (local, spice):
        add_shared_options(each)


def run(arguments: argparse.Namespace) -> int:
    """What is there already is not fetched again."""
    is_local = arguments.thing == "local"
    found = _local(arguments.models) if is_local else _spice(arguments.mirror)
    if arguments.json:
        print_json(found)
    else:
        for name, path in found.items():
            print(f"{'local/' if is_local else ''}{name}: {path}")
    return 0


def _spice(mirror: str | None) -> dict[str, str]:
    from evalkit.downloads.maven import fetch_jars
    from evalkit.metrics.scenes.jars import ARTIFACTS, jar_folder

    paths = fetch_jars(ARTIFACTS, jar_folder(), mirror, _progress)
    _progress(f"{plural(len(paths), 'jar')}: sha256 verified")
    return {path.name: str(path) for path in paths}


def _local(models: list[str]) -> dict[str, str]:
    from evalkit.models.weights import WEIGHTS

    return {name: str(_there(name)) for name in models or WEIGHTS}


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
