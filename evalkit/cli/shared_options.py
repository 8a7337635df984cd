"""The options that every command takes, whatever stands before or behind its own."""

from __future__ import annotations

import argparse
from pathlib import Path

STORE = Path(".evalkit/results.duckdb")


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--store``.

    Absent ones leave no trace, so that a command's own sub-command may take them
    too without undoing what stood before it.
    """
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON for machines"
    )
    parser.add_argument(
        "--store", type=Path, default=argparse.SUPPRESS, metavar="PATH", help=f"results (default {STORE})"
    )
