"""``evalkit review import``: labels that people gave in Argilla or Label Studio."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from evalkit.cli.printing import print_json, print_notes, say
from evalkit.cli.review import of_task
from evalkit.core.label import ReviewKind
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.session.stored.run_names import RUN_HELP
from evalkit.session.stored.sides import read_side
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.core.review import Review

HELP = "import labels from an export of Argilla or Label Studio"

_TOOLS = ("auto", "argilla", "label-studio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a JSON export of Argilla or Label Studio")
    parser.add_argument("--format", choices=_TOOLS, default="auto", help="its tool (default: recognised)")
    parser.add_argument(
        "--run", metavar="RUN",
        help=f"the run whose answers were labelled, if evalkit did not export them: {RUN_HELP}",
    )  # fmt: skip
    parser.add_argument("--task", metavar="NAME", help="which task, if that run has several")
    parser.add_argument(
        "--label", metavar="QUESTION", default="label", help="question that holds the label (default label)"
    )
    parser.add_argument(
        "--words",
        dest="meanings",
        metavar="WORD=LABEL",
        help="what other words mean: good=pass,bad=fail or A=left,B=right",
    )
    parser.add_argument(
        "--kind", choices=get_args(ReviewKind), help="what was asked (default: as the labels show)"
    )
    parser.add_argument("--rubric", metavar="FILE|TEXT", help="what was asked, as for 'evalkit review'")
    parser.add_argument("--scale", metavar="LOW-HIGH", help="numbers of a rubric (default 1-5)")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 where every label of the file is in the store; else none of them is."""
    from evalkit.review.exchange.importing import Wanted, read_file, reviews_from

    wanted = Wanted(
        arguments.label, arguments.kind, arguments.rubric, arguments.scale, _words(arguments.meanings)
    )
    tool = None if arguments.format == "auto" else arguments.format
    name, foreign = read_file(arguments.file, tool, wanted)
    with Store.open(arguments.store) as store:
        evaluations = []
        if arguments.run is not None:
            evaluations = list(of_task(read_side(store, arguments.run), arguments.task))
        reviews, n_known = reviews_from(store.connection, foreign, evaluations, wanted)
        notes = [*store.notes]
    notes += _keep(arguments.store, reviews)
    n_new = sum(not review.is_undone for review in reviews)
    n_replaced = len(reviews) - n_new
    reviewers = sorted({review.reviewer for review in reviews})
    print_notes(notes)
    if arguments.json:
        told = {"n_new": n_new, "n_replaced": n_replaced, "n_known": n_known, "reviewers": reviewers}
        print_json({"file": str(arguments.file), "format": name, **told})
        return 0
    of = f" of {', '.join(reviewers)}" if reviewers else ""
    more = [f"{n_replaced:,} replaced" if n_replaced else "", f"{n_known:,} known already" if n_known else ""]
    aside = ", ".join(filter(None, more))
    say(f"{plural(n_new, 'label')}{of} from {name}" + (f" ({aside})" if aside else ""))
    return 0


def _keep(store_path: Path, reviews: Sequence[Review]) -> list[str]:
    """On the disk first, as reviews of the browser are, then in the store."""
    from evalkit.store.journal import Journal
    from evalkit.store.reviews import review_row

    if not reviews:
        return []
    journal = Journal.open(store_path, "review-import")
    if journal is None:
        raise UsageError("another 'evalkit review import' is under way", hint="wait until it is done")
    try:
        journal.append([("reviews", review_row(review)) for review in reviews])
    finally:
        journal.close()
    with Store.open(store_path, mode="write") as store:
        return store.fold().notes


def _words(text: str | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in text.split(",")] if text else []
    odd = next((word for word, sign, label in pairs if not (word.strip() and sign and label.strip())), None)
    if odd is not None:
        raise UsageError(f"--words has {odd!r} without a meaning", hint="--words=good=pass,bad=fail")
    return {word.strip(): label.strip() for word, _, label in pairs}
