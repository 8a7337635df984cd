"""``evalkit cache``: the responses that need not be asked for again."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from evalkit.cache import entries as cache_entries
from evalkit.cli import cache_explain, cache_files
from evalkit.cli.printing import print_json, print_table, say
from evalkit.cli.shared_options import add_shared_options
from evalkit.core.text import plural
from evalkit.errors import UsageError

HELP = "inspect, export, import or clear the response cache"

_UNITS_S = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    stats = actions.add_parser("stats", help="show how many responses are kept, and from which models")
    explain = actions.add_parser("explain", help="explain why an answer was, or was not, in the cache")
    cache_explain.add_arguments(explain)
    clear = actions.add_parser("clear", help="remove entries")
    clear.add_argument("--model", metavar="TEXT", help="only entries of models whose identity contains TEXT")
    clear.add_argument("--older-than", metavar="AGE", help="only entries older than this: 30m, 12h, 7d, 2w")
    export = actions.add_parser("export", help="write entries to a file, for review, git or CI")
    merge = actions.add_parser("import", help="add the entries of an exported file")
    cache_files.add_arguments(export, merge)
    for action in (stats, explain, clear, export, merge):
        add_shared_options(action)


def run(arguments: argparse.Namespace) -> int:
    directory = arguments.store.parent / "cache"
    actions = {
        "stats": _stats,
        "explain": cache_explain.run,
        "clear": _clear,
        "export": cache_files.export,
        "import": cache_files.merge,
    }
    return actions[arguments.action](arguments, directory)


def _stats(arguments: argparse.Namespace, directory: Path) -> int:
    stats = cache_entries.stats(directory)
    if arguments.json:
        models = [{"identity": identity, "n_entries": n} for identity, n in stats.identities]
        print_json(
            {"path": stats.path, "n_entries": stats.n_entries, "n_bytes": stats.n_bytes, "models": models}
        )
        return 0
    say(f"{stats.path}: {plural(stats.n_entries, 'response')}, {_size(stats.n_bytes)}")
    if stats.identities:
        print_table(("responses", "model"), [(f"{n:,}", identity) for identity, n in stats.identities],
                    right=("responses",))  # fmt: skip
    return 0


def _clear(arguments: argparse.Namespace, directory: Path) -> int:
    n = cache_entries.clear(directory, older_than_s=_age_s(arguments.older_than), text=arguments.model)
    if arguments.json:
        print_json({"n_removed": n})
    else:
        say(f"{plural(n, 'response')} removed")
    return 0


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:,.0f} kB"


def _age_s(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", text)
    if match is None:
        raise UsageError(f"--older-than {text!r} is not an age", hint="write 30m, 12h, 7d or 2w")
    return float(match[1]) * _UNITS_S[match[2]]
