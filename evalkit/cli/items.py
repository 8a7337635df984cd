"""``evalkit items``: which samples of a task are worth what they cost."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.core.text import plural
from evalkit.items.wording import WORDS, drop_text, pace_text, remarks, told, total_usd
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.items.power import Visible
    from evalkit.items.review import ItemReview, TaskReview

HELP = "show which samples of a task are dead, flaky, duplicated or probably mislabelled, and what they cost"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="name of the task")
    parser.add_argument(
        "--scorer", metavar="NAME", help="use this scorer's values (default: the task's first)"
    )
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="samples to list (default 20)")


def run(arguments: argparse.Namespace) -> int:
    """Always status 0: a sample that earns nothing is not a failure."""
    from evalkit.items.power import GatePower, gate_alpha
    from evalkit.items.review import review_items
    from evalkit.store.items import last_differences, read_items

    with Store.open(arguments.store) as store:
        rows = read_items(store.connection, arguments.task, arguments.scorer)
        differences = last_differences(store.connection, rows.newest, rows.scorer)
        print_notes(store.notes)
    review = review_items(rows, GatePower(differences, gate_alpha(rows.newest)))
    if arguments.json:
        print_json(_object(review))
    else:
        _print(review, max(arguments.limit, 0))
    return 0


def _print(review: TaskReview, limit: int) -> None:
    subjects, runs = plural(len(review.subjects), "Subject"), plural(review.n_runs, "run")
    say(
        f"{cell_text(review.task)}, {cell_text(review.scorer)}: {plural(len(review.items), 'sample')}, "
        f"{subjects}, {runs}, {pace_text(review.runs_a_year)}"
    )
    say(f"smallest drop that the gate sees: {drop_text(review.visible_without())}", "")
    _print_kinds(review)
    _print_samples([each for each in review.items if each.findings], limit)
    say(*remarks(review))


def _print_kinds(review: TaskReview) -> None:
    headers = ["finding", "samples", "usd a year", "visible drop without"]
    rows = []
    for finding, words in WORDS.items():
        items = review.having(finding)
        if items:
            left = drop_text(review.visible_without(items))
            rows.append([words, f"{len(items):,}", _usd(total_usd(items)), left])
    if rows:
        print_table(headers, rows, right=("samples", "usd a year"), width=140)
        say("")
    else:
        say("nothing speaks against any sample", "")


def _print_samples(items: Sequence[ItemReview], limit: int) -> None:
    ranked = sorted(items, key=lambda each: [list(WORDS).index(finding) for finding in each.findings])
    rows = [
        [
            each.sample_id, "; ".join(told(each, finding) for finding in each.findings),
            "" if each.mean is None else f"{each.mean:.2f}", f"{each.n_answers:,}",
            "" if each.discrimination is None else f"{each.discrimination:+.2f}", _usd(each.usd_a_year),
        ]
        for each in ranked[:limit]
    ]  # fmt: skip
    if rows:
        headers = ["sample", "finding", "mean", "answers", "item-rest", "usd a year"]
        right = ("mean", "answers", "item-rest", "usd a year")
        print_table(headers, rows, right=right, whole=("mean", "item-rest"), width=140)
    if len(ranked) > limit:
        say(f"… and {len(ranked) - limit:,} more: --limit={len(ranked)}, or --json")


def _usd(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def _object(review: TaskReview) -> dict[str, Any]:
    labels = review.labels
    return {
        "task": review.task, "scorer": review.scorer, "subjects": list(review.subjects),
        "n_runs": review.n_runs, "runs_a_year": review.runs_a_year, "alpha": review.power.alpha,
        "visible_drop": _visible(review.visible_without()),
        "cannot_tell_mislabelled": labels.reason, "n_effective_subjects": labels.n_effective,
        "n_subjects_needed_to_disagree": review.n_subjects_needed,
        "findings": {
            finding: {
                "n": len(items), "usd_a_year": total_usd(items),
                "visible_drop_without": _visible(review.visible_without(items)),
            }
            for finding in WORDS if (items := review.having(finding))
        },
        "samples": [_sample(each) for each in review.items],
    }  # fmt: skip


def _visible(visible: Visible | None) -> dict[str, Any] | None:
    return None if visible is None else {"n": visible.n, "drop": visible.drop, "samples": visible.samples}


def _sample(item: ItemReview) -> dict[str, Any]:
    return {
        "sample_id": item.sample_id, "findings": list(item.findings), "target": item.target,
        "mean": item.mean, "n_answers": item.n_answers, "n_subjects": item.n_subjects,
        "discrimination": item.discrimination, "q_value": item.q_value,
        "mislabelled": item.mislabelled, "suggested": item.suggested,
        "duplicate_of": item.duplicate_of, "similarity": item.similarity,
        "usd_a_year": item.usd_a_year, "visible_drop_without": _visible(item.visible),
    }  # fmt: skip
