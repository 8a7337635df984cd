"""``evalkit bridge OLD NEW``: let histories go on over a model, a judge or a scorer that is retired."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say, utc_time
from evalkit.errors import UsageError

if TYPE_CHECKING:
    from evalkit.core.task import Task
    from evalkit.session.stored.bridging import Measured, Shore
    from evalkit.store.store import Store

HELP = "measure a retired model, judge or scorer against its successor, so that drift can continue"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    run = "a run's id or the start of one, 'latest', or a baseline's name; with ::SUBJECT one subject of it"
    parser.add_argument("old", metavar="OLD", help=run)
    what = (
        "a run of the new model on the same samples, or a task file whose scorers score OLD's answers again"
    )
    parser.add_argument("new", metavar="NEW", help=what)
    parser.add_argument("--judge", metavar="SPEC", help="the judge of a task file whose scorer names none")
    parser.add_argument("--max-cost", metavar="USD", help="spend at most this many US dollars on judges")
    parser.add_argument(
        "--offline", action="store_true", help="refuse every connection that is not to loopback"
    )


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when something was bridged, else a usage error says why not."""
    from evalkit.session.task_sources import SUFFIX
    from evalkit.store.bridges import write_bridges
    from evalkit.store.store import Store

    is_file = Path(arguments.new).exists() or arguments.new.endswith((SUFFIX, ".py"))
    with Store.open(arguments.store) as store:
        found = _scored_again(store, arguments) if is_file else _of_runs(store, arguments)
        print_notes(store.notes)
    bridges = [bridge for each in found for bridge in each.bridges]
    if not bridges:
        reasons = dict(reason for each in found for reason in each.unbridged)
        told = "; ".join(f"{label}: {reason}" for label, reason in reasons.items())
        raise UsageError("there is nothing to bridge", hint=told or "the two sides share no metric")
    with Store.open(arguments.store, mode="write") as store:
        write_bridges(store.connection, bridges)
    if arguments.json:
        unbridged = [{"metric": name, "reason": why} for each in found for name, why in each.unbridged]
        objects = [{**asdict(each), "created_at": utc_time(each.created_at)} for each in bridges]
        print_json({"bridges": objects, "unbridged": unbridged})
    else:
        _print(found)
    return 0


def _of_runs(store: Store, arguments: argparse.Namespace) -> list[Measured]:
    """Each task that both runs evaluated, with one subject on either side."""
    from evalkit.session.stored.bridging import Shore, measure_bridges
    from evalkit.session.stored.sides import read_side

    old, new = read_side(store, arguments.old), read_side(store, arguments.new)
    for text, side in ((arguments.old, old), (arguments.new, new)):
        if len(side.labels) != 1:
            hint = f"choose one: {text}::SUBJECT, of {', '.join(sorted(side.labels)) or 'none'}"
            raise UsageError(f"run {side.run.run_id} has {len(side.labels)} subjects", hint=hint)
    before = {each.task: each for each in old.evaluations}
    pairs = [(before[each.task], each) for each in new.evaluations if each.task in before]
    if not pairs:
        raise UsageError("the two runs share no task", hint="run both on the same samples of the same task")
    if old.run.run_id == new.run.run_id and old.labels == new.labels:
        raise UsageError("OLD and NEW are the same evaluations", hint="name the run of the new model")
    shores = [(Shore.read(store, one), Shore.read(store, two)) for one, two in pairs]
    return [
        measure_bridges("model" if one.names() != two.names() else "scorer", one, two) for one, two in shores
    ]


def _scored_again(store: Store, arguments: argparse.Namespace) -> list[Measured]:
    """Each evaluation of the run whose task the file has, its responses scored by the file's scorers."""
    from evalkit.session.stored.bridging import Shore, measure_bridges
    from evalkit.session.stored.sides import read_side
    from evalkit.session.task_sources import load_tasks

    tasks = {each.task: each for each in load_tasks(Path(arguments.new))}
    side = read_side(store, arguments.old)
    chosen = [each for each in side.evaluations if each.task in tasks]
    if not chosen:
        known = ", ".join(dict.fromkeys(each.task for each in side.evaluations)) or "none"
        raise UsageError(
            f"{arguments.new} has none of the tasks of run {side.run.run_id}", hint=f"those are {known}"
        )
    return [
        measure_bridges("scorer", old, _again(old, tasks[old.evaluation.task], arguments))
        for old in (Shore.read(store, each) for each in chosen)
    ]


def _again(old: Shore, task: Task, arguments: argparse.Namespace) -> Shore:
    """A session of its own on the stored answers, in a store that is thrown away; scorers work as ever, and
    what judges say is cached."""
    from evalkit.api.evaluate import evaluate
    from evalkit.session.stored.bridging import Shore
    from evalkit.session.stored.stored_answers import StoredAnswers
    from evalkit.store.store import Store
    from evalkit.store.throwaway import throwaway_store

    given = {"judge": arguments.judge, "max_cost": arguments.max_cost}
    options = {name: value for name, value in given.items() if value is not None}
    n_repeats = old.evaluation.n_repeats or 1
    ids = list(dict.fromkeys(old.observations.sample_ids))
    with throwaway_store(arguments.store, "bridging") as path:
        model = StoredAnswers(old.observations)
        results = evaluate(
            task, {"stored/answers": model}, store=path, progress=False, repeats=n_repeats, sample=ids,
            offline=arguments.offline, **options,
        )  # fmt: skip
        with Store.open(path) as store:
            (evaluation,) = store.evaluations(results.run_id)
            new = Shore.read(store, evaluation)
    if not len(new.observations):
        reason = next((each.detail for each in results.failures), "nothing was scored")
        raise UsageError(
            f"the answers to {task.task} cannot be scored: {reason.replace('--llm-judge', '--judge')}"
        )
    return replace(new, evaluation=replace(new.evaluation, subject=old.evaluation.subject))


def _print(found: Sequence[Measured]) -> None:
    from evalkit.report.numbers import difference_text, interval_text

    bridges = [bridge for each in found for bridge in each.bridges]
    names = ("task", "metric", "from", "new - old", "95 % interval", "samples")
    rows = [
        (
            cell_text(each.task), cell_text(each.metric), cell_text(each.old),
            difference_text(each.metric, each.difference), interval_text(each.metric, each.low, each.high),
            f"{each.n:,}",
        )
        for each in bridges
    ]  # fmt: skip
    print_table(names, rows, right=("new - old", "samples"), whole=names[3:])
    for label, reason in dict(each for one in found for each in one.unbridged).items():
        say(f"not bridged: {cell_text(label)}: {reason}")
    say("stored: 'evalkit drift' goes on over this seam, and marks it")
