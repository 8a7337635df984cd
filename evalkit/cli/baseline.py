"""``evalkit baseline set|list``: names that point at runs to compare with."""

from __future__ import annotations

import argparse

from evalkit.cli.printing import local_time, print_json, print_notes, print_table, utc_time
from evalkit.cli.run_names import RUN_HELP, find_run
from evalkit.cli.shared_options import add_shared_options

HELP = "point a baseline at a run, or list baselines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    setting = actions.add_parser("set", help="point NAME at RUN: a finished, whole run without failing gates")
    setting.add_argument("name", metavar="NAME")
    setting.add_argument("run", metavar="RUN", help=RUN_HELP)
    add_shared_options(setting)
    add_shared_options(actions.add_parser("list", help="all baselines"))


def run(arguments: argparse.Namespace) -> int:
    return _set(arguments) if arguments.action == "set" else _list(arguments)


def _set(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as reader:  # refuses a store that is not there, and folds
        run_id = find_run(reader, arguments.run).run_id
    with Store.open(arguments.store, mode="write") as store:
        run = store.set_baseline(arguments.name, run_id)
    if arguments.json:
        print_json({"name": arguments.name, "run_id": run.run_id})
    else:
        print(f"baseline {arguments.name} is now run {run.run_id} ({local_time(run.started_at)})")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        baselines = store.baselines()
        print_notes(store.notes)
    if arguments.json:
        print_json([{**each._asdict(), "created_at": utc_time(each.created_at)} for each in baselines])
    elif baselines:
        print_table(
            ("baseline", "run", "set"),
            [(each.name, each.run_id, local_time(each.created_at)) for each in baselines],
        )
    else:
        print("no baselines yet: evalkit baseline set NAME RUN")
    return 0
