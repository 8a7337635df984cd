"""``evalkit sql "SELECT …"``: a query that only reads."""

from __future__ import annotations

import argparse

from evalkit.cli.printing import print_json, print_notes, print_table

HELP = "run a query on the store that only reads"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY", help="one SELECT over the tables of docs/store.md")


def run(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

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
