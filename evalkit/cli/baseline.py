"""``evalkit baseline set|list|delete|export|import``: names of runs, and runs as files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evalkit.cli.printing import local_time, print_json, print_notes, print_table, say, utc_time
from evalkit.cli.shared_options import add_shared_options
from evalkit.core.text import plural
from evalkit.session.stored.run_names import RUN_HELP, find_run

HELP = "point a baseline at a run, list, delete, export or import baselines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    setting = actions.add_parser("set", help="point NAME at RUN, a complete run without failing gates")
    setting.add_argument("name", metavar="NAME")
    setting.add_argument("run", metavar="RUN", nargs="+", help=f"{RUN_HELP}; several runs are pooled")
    listing = actions.add_parser("list", help="list all baselines")
    deleting = actions.add_parser("delete", help="remove NAME; the run that it points at stays")
    deleting.add_argument("name", metavar="NAME")
    exporting = actions.add_parser("export", help="write a baseline to a file that needs no database")
    exporting.add_argument("run", metavar="NAME", help=RUN_HELP)
    exporting.add_argument(
        "file", type=Path, metavar="FILE", help="path ending in .jsonl, .jsonl.gz or .parquet"
    )
    importing = actions.add_parser("import", help="read an exported run into the store")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--name", metavar="NAME", help="point this baseline at the run")
    for action in (setting, listing, deleting, exporting, importing):
        add_shared_options(action)


def run(arguments: argparse.Namespace) -> int:
    actions = {"set": _set, "list": _list, "delete": _delete, "export": _export, "import": _import}
    return actions[arguments.action](arguments)


def _set(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as reader:  # refuses a store that is not there, and folds
        run_ids = [find_run(reader, each).run_id for each in arguments.run]
    with Store.open(arguments.store, mode="write") as store:
        run = store.set_baseline(arguments.name, *run_ids)
        pool = store.pool_of(arguments.name)
    if arguments.json:
        print_json({"name": arguments.name, "run_id": run.run_id, "pool": pool})
    else:
        when = local_time(run.started_at)
        say(f"baseline {arguments.name} is now run {run.run_id} ({when}){_pooled(pool)}")
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as reader:  # refuses a store that is not there
        print_notes(reader.notes)
    with Store.open(arguments.store, mode="write") as store:
        deleted = store.delete_baseline(arguments.name)
    if arguments.json:
        print_json({"name": deleted.name, "run_id": deleted.run_id})
    else:
        say(f"baseline {deleted.name} is deleted (it was run {deleted.run_id}, which stays)")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        run_id, pool = find_run(store, arguments.run).run_id, store.pool_of(arguments.run)
        n = store.export_run(run_id, arguments.file, pool[1:])
        print_notes(store.notes)
    if arguments.json:
        print_json(
            {"run_id": run_id, "file": str(arguments.file), "n_responses": n, "pool": pool or [run_id]}
        )
    else:
        say(f"{arguments.file}: run {run_id}{_pooled(pool)}, {plural(n, 'response')}")
        say(f"compare with it: pytest --llm-baseline=file:{arguments.file}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store, mode="write") as store:
        found = store.import_runs(arguments.file)
        pool = [run.run_id for run, _ in found]
        print_notes(store.notes)
        if arguments.name is not None:
            store.set_baseline(arguments.name, *pool)
    if arguments.json:
        is_new = any(is_new for _, is_new in found)
        print_json({"run_id": pool[0], "is_new": is_new, "name": arguments.name, "pool": pool})
        return 0
    for run, is_new in found:
        state = "is in the store" if is_new else "was there already"
        say(f"run {run.run_id} ({local_time(run.started_at)}) {state}")
    if arguments.name is not None:
        say(f"baseline {arguments.name} is now run {pool[0]}{_pooled(pool)}")
    elif len(pool) > 1:
        say(f"pool them: evalkit baseline set NAME {' '.join(pool)}")
    return 0


def _pooled(pool: Sequence[str]) -> str:
    """Of a baseline's runs, the latest first, those behind it."""
    return f", pooled with {', '.join(pool[1:])}" if len(pool) > 1 else ""


def _list(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        baselines = store.baselines()
        pools = {each.name: store.pool_of(each.name) for each in baselines}
        print_notes(store.notes)
    if arguments.json:
        print_json([
            {**each._asdict(), "created_at": utc_time(each.created_at), "pool": pools[each.name]}
            for each in baselines
        ])  # fmt: skip
    elif baselines:
        print_table(
            ("baseline", "run", "set"),
            [(each.name, ", ".join(pools[each.name]), local_time(each.created_at)) for each in baselines],
        )
    else:
        say("no baselines yet: evalkit baseline set NAME RUN")
    return 0
