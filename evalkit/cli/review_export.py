"""``evalkit review export``: what people said, and what they may be asked elsewhere, in a file."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.cli.printing import print_json, print_notes, say
from evalkit.cli.review import of_task
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.session.stored.run_names import RUN_HELP
from evalkit.session.stored.sides import read_side
from evalkit.store.store import Store

HELP = "write labels as golden samples, or answers and labels for Argilla or Label Studio, to a file"

FORMATS = ("golden", "labels", "argilla", "label-studio")
_SUFFIXES = {"golden": (".jsonl",), "labels": (".jsonl", ".csv"), **dict.fromkeys(FORMATS[2:], (".json",))}
#: What readers of a file go by.
_OF_TABLES = (".csv", ".json", ".jsonl", ".parquet", ".tsv", ".yaml", ".yml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    side = f"{RUN_HELP}; with ::SUBJECT one subject of it"
    parser.add_argument("run", metavar="RUN", nargs="?", default="latest", help=f"{side} (default latest)")
    parser.add_argument("--to", metavar="FILE", type=Path, required=True, help="the file to write")
    parser.add_argument("--task", metavar="NAME", help="which task, if the run has several")
    parser.add_argument(
        "--format", choices=FORMATS, default="golden",
        help="golden: samples whose target is an answer that people passed (default); labels: a row for each"
        " label; argilla, label-studio: every answer with its labels",
    )  # fmt: skip
    parser.add_argument(
        "--at-least", type=float, metavar="N", help="golden: the lowest mean rating of a good answer"
    )
    parser.add_argument(
        "--assert", dest="assertion", metavar="NAME",
        help="golden: an assertion about that answer for each sample: similar, equals, …",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Status 0; nothing is written where anything is wrong."""
    _check(arguments)
    with Store.open(arguments.store) as store:
        evaluations = of_task(read_side(store, arguments.run), arguments.task)
        rows, notes = _rows(store, arguments, evaluations)
        notes = [*store.notes, *notes]
    _write(arguments.to, _text(arguments, rows))
    print_notes(notes)
    if arguments.json:
        print_json({"file": str(arguments.to), "format": arguments.format, "n": len(rows)})
    else:
        say(f"{arguments.to}: {plural(len(rows), _what(arguments.format))}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.format != "golden" and (arguments.at_least is not None or arguments.assertion):
        raise UsageError("--at-least and --assert are for --format=golden")
    if arguments.assertion is not None:
        from evalkit.registry import ASSERTIONS, SCORERS

        if arguments.assertion not in SCORERS:
            ASSERTIONS.check(arguments.assertion)
    suffix, able = arguments.to.suffix.lower(), _SUFFIXES[arguments.format]
    if suffix in _OF_TABLES and suffix not in able:
        what = f"--format={arguments.format} is not written as {suffix}"
        raise UsageError(what, where=str(arguments.to), hint=f"name the file {' or '.join(able)}")
    if arguments.to.exists():
        raise UsageError("the file is there already", where=str(arguments.to), hint="give another name")


def _rows(
    store: Store, arguments: argparse.Namespace, evaluations: Sequence[Evaluation]
) -> tuple[list[dict[str, Any]], list[str]]:
    from evalkit.review.exchange.exporting import label_rows, shown_items
    from evalkit.review.exchange.golden import golden_samples
    from evalkit.review.exchange.importing import open_tool

    if arguments.format == "labels":
        return label_rows(store.connection, evaluations), []
    if arguments.format != "golden":
        return open_tool(arguments.format).write(shown_items(store.connection, evaluations)), []
    found = golden_samples(store.connection, evaluations, arguments.at_least, arguments.assertion)
    notes = []
    if found.n_short:
        notes.append(f"{plural(found.n_short, 'labelled sample')} left out: no answer to it is good enough")
    if found.n_split:
        notes.append(f"{plural(found.n_split, 'labelled sample')} left out: people are evenly divided")
    return found.rows, notes


def _text(arguments: argparse.Namespace, rows: Sequence[dict[str, Any]]) -> str:
    """A JSON list for tools, else JSON lines, or a table with a header."""
    if arguments.format in FORMATS[2:]:
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    if arguments.to.suffix.lower() != ".csv":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    for row in rows:
        cells = {name: value if _is_plain(value) else json.dumps(value) for name, value in row.items()}
        writer.writerow(cells)
    return stream.getvalue()


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None


def _what(form: str) -> str:
    return {"golden": "golden sample", "labels": "label"}.get(form, "item")
