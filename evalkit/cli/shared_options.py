"""The options that every command takes, before or after its own."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

STORE = Path(".evalkit/results.duckdb")


def add_shared_options(parser: argparse.ArgumentParser, *, has_many_stores: bool = False) -> None:
    """``--json`` and ``--store``, which may be repeated with ``has_many_stores``.

    Absent ones leave no trace, so that a command's own sub-command may take them
    too without undoing what stood before it.
    """
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    more = "; may be repeated" if has_many_stores else ""
    parser.add_argument(
        "--store", type=_store, default=argparse.SUPPRESS, metavar="PATH",
        action="append" if has_many_stores else "store", help=f"results store (default {STORE}{more})",
    )  # fmt: skip


def written_file(text: str) -> Path:
    """A file beside what the command prints; raises ArgumentTypeError on ``-``, by which others mean that."""
    if text == "-":
        raise argparse.ArgumentTypeError("'-' is no file (stdout has what the command itself says)")
    return Path(text)


def _store(text: str) -> Path | None:
    """None of an empty text, as of a variable that is not set. No shell fills in ``~`` behind a ``=``."""
    return Path(os.path.expanduser(text)) if text else None
