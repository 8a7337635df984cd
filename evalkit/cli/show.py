"""``evalkit show RUN``: subjects, metrics and verdicts of one run."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from itertools import chain
from typing import Any

from evalkit.cli.counts import count
from evalkit.cli.printing import local_time, print_json, print_notes, say
from evalkit.cli.runs import commit, outcome_text, run_object
from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation, Run
from evalkit.report.wording import budget_text, run_status
from evalkit.session.stored.run_names import RUN_HELP, find_run
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store

HELP = "show one run: its subjects, metrics and verdicts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "--influence",
        metavar="METRIC",
        help="show the samples that affect METRIC most: its value over all minus that without the sample",
    )
    parser.add_argument("--limit", type=count, default=10, metavar="N", help="samples to show (default 10)")


def run(arguments: argparse.Namespace) -> int:
    from evalkit.cli.printing_blocks import print_sections
    from evalkit.report.summary import summary
    from evalkit.session.stored.drawn import gates_drawn

    with Store.open(arguments.store) as store:
        found = find_run(store, arguments.run)
        print_notes(store.notes)
        if arguments.influence is not None:
            return _influence(arguments, store, found)
        if arguments.json:
            evaluations = [_object(store, each) for each in store.evaluations(found.run_id)]
            print_json({**run_object(found), "evaluations": evaluations})
            return 0
        for label, text in _head(found, store):
            say(f"{label:<9} {text}")
        say("")
        told = chain(summary(StoredSource(store), found.run_id), gates_drawn(store, found.run_id))
        print_sections(told, is_dense=True)
    return 0


def _influence(arguments: argparse.Namespace, store: Store, found: Run) -> int:
    from evalkit.cli.influence import print_rankings, rankings

    ranked = rankings(store, found, arguments.influence)
    if arguments.json:
        print_json([
            {"task": r.evaluation.task, "subject": r.evaluation.subject.label, "metric": arguments.influence,
             "influences": [asdict(each) for each in r.influences]}
            for r in ranked
        ])  # fmt: skip
    else:
        print_rankings(ranked, arguments.influence, arguments.limit)
    return 0


def _head(run: Run, store: Store) -> list[tuple[str, str]]:
    partial = " (never a baseline)" if run.is_partial else ""
    ended = f" to {local_time(run.finished_at)}" if run.finished_at else ""
    lines = [
        ("run", run.run_id),
        ("status", run_status(run) + partial),
        ("started", local_time(run.started_at) + ended),
        ("commit", commit(run)),
        ("command", " ".join(run.argv)),
        ("host", run.host),
        ("baseline", ", ".join(b.name for b in store.baselines() if b.run_id == run.run_id)),
        ("budget", budget_text(run.budget, store.evaluations(run.run_id)) if run.budget else ""),
        ("verdicts", outcome_text(store.outcomes([run.run_id]).get(run.run_id, {}))),
    ]
    return [(label, text) for label, text in lines if text]


def _numbers(estimate: Estimate) -> dict[str, Any]:
    """As the store keeps it."""
    return {name: value for name, value in asdict(estimate).items() if name != "is_undefined"}


def _object(store: Store, evaluation: Evaluation) -> dict[str, Any]:
    evaluation_id = evaluation.evaluation_id
    return {
        **asdict(evaluation),
        "metrics": [_numbers(estimate) for estimate in store.estimates(evaluation_id)],
        "verdicts": [asdict(verdict) for verdict in store.verdicts(evaluation_id)],
    }
