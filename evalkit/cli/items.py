"""``evalkit items``: which samples of a task are worth what they cost."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.core.text import plural
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.items.power import Visible
    from evalkit.items.review import Finding, ItemReview, TaskReview

HELP = "say which samples of a task are dead, flaky, doubled or perhaps mislabelled, and what they cost"

_WORDS: dict[Finding, str] = {
    "mislabelled": "target is probably wrong",
    "disagrees": "disagrees with the rest",
    "duplicate": "nearly repeats another",
    "flaky": "flaky",
    "always_wrong": "always wrong",
    "always_right": "always right",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="name of the task")
    parser.add_argument("--scorer", metavar="NAME", help="judge by its values (default: the task's first)")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="samples to list (default 20)")


def run(arguments: argparse.Namespace) -> int:
    """Always status 0: a sample that earns nothing is no failure."""
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
        f"{subjects}, {runs}, {_pace(review.runs_a_year)}"
    )
    say(f"smallest drop that the gate sees: {_drop(review.visible_without())}", "")
    _print_kinds(review)
    _print_samples([each for each in review.items if each.findings], limit)
    say(*_remarks(review))


def _pace(pace: float | None) -> str:
    return "runs a year unknown" if pace is None else f"{pace:,.0f} runs a year"


def _print_kinds(review: TaskReview) -> None:
    headers = ["finding", "samples", "usd a year", "visible drop without"]
    rows = []
    for finding, words in _WORDS.items():
        items = review.having(finding)
        if items:
            left = _drop(review.visible_without(items))
            rows.append([words, f"{len(items):,}", _usd(_total(items)), left])
    if rows:
        print_table(headers, rows, right=("samples", "usd a year"), width=140)
        say("")
    else:
        say("nothing speaks against any sample", "")


def _print_samples(items: Sequence[ItemReview], limit: int) -> None:
    ranked = sorted(items, key=lambda each: [list(_WORDS).index(finding) for finding in each.findings])
    rows = [
        [
            each.sample_id, "; ".join(_told(each, finding) for finding in each.findings),
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


def _told(item: ItemReview, finding: Finding) -> str:
    if finding == "mislabelled" and item.mislabelled is not None:
        return f"target {item.target!r} is wrong ({item.mislabelled:.0%}), {item.suggested!r} right?"
    if finding == "duplicate":
        return f"nearly repeats {item.duplicate_of} ({item.similarity:.0%})"
    return _WORDS[finding]


def _remarks(review: TaskReview) -> list[str]:
    n = len(review.subjects)
    remarks = []
    if review.labels.reason is not None:
        remarks.append(f"wrong targets: cannot tell: {review.labels.reason}")
    if n < review.n_subjects_needed:
        few = f"{plural(n, 'Subject')} cannot show it, {review.n_subjects_needed} could at best"
        remarks.append(f"samples that disagree with the rest: cannot tell: {few}")
    if review.visible_without() is None:
        remarks.append("power: cannot tell: no two evaluations of the task can be compared")
    return remarks


def _drop(visible: Visible | None) -> str:
    if visible is None:
        return "unknown"
    if visible.drop is None:
        return f"none, with {plural(visible.n, 'sample')}"
    return f"{visible.drop:.3g} of {plural(visible.n, 'sample')}, as many as {visible.samples:.1f}"


def _total(items: Sequence[ItemReview]) -> float | None:
    costs = [each.usd_a_year for each in items]
    return None if None in costs else sum(filter(None, costs))


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
                "n": len(items), "usd_a_year": _total(items),
                "visible_drop_without": _visible(review.visible_without(items)),
            }
            for finding in _WORDS if (items := review.having(finding))
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
