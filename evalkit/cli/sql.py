"""``evalkit sql "SELECT …"``: a query that only reads."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.cli.printing import print_json, print_notes, print_table, say
from evalkit.core.text import plural

HELP = "run a read-only query on the store"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", metavar="QUERY", help="one SELECT over the tables of docs/reference/store.md"
    )
    written = parser.add_mutually_exclusive_group()
    written.add_argument("--csv", type=Path, metavar="PATH", help="write the result to a CSV file")
    written.add_argument("--parquet", type=Path, metavar="PATH", help="write the result to a Parquet file")


def run(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    if arguments.csv is not None or arguments.parquet is not None:
        return _write(arguments)
    with Store.open(arguments.store, is_sealed=True) as store:
        answer = store.ask(arguments.query)
        print_notes(store.notes)
    if arguments.json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        numbers = {
            name
            for i, name in enumerate(answer.columns)
            if any(isinstance(row[i], int | float) for row in answer.rows)
        }
        print_table(answer.columns, answer.rows, right=numbers)
    return 0


def _write(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    path = arguments.csv or arguments.parquet
    with Store.open(arguments.store) as store:  # sealed but for this file before the query runs
        n_rows = store.write_answer(arguments.query, path, "csv" if arguments.csv else "parquet")
        print_notes(store.notes)
    if arguments.json:
        print_json({"file": str(path), "n_rows": n_rows})
    else:
        say(f"{path}: {plural(n_rows, 'row')}")
    return 0
