"""``evalkit cache explain``: whether an answer was in the cache, and what kept it from being found."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from evalkit.cache.differences import Difference, differences
from evalkit.cache.entries import CacheEntry, entries_of
from evalkit.cache.file import FILE_NAME
from evalkit.cache.nearest import NEAREST
from evalkit.cli.counts import count
from evalkit.cli.printing import local_time, print_json, print_notes, print_table, say, utc_time
from evalkit.errors import UsageError
from evalkit.session.stored.answered import Explained, explain_run, input_of
from evalkit.session.stored.run_names import RUN_HELP, find_run
from evalkit.store.store import Store

#: Characters of a key that are shown: all of its first half (what answered), and enough of the request.
_KEY_CHARS = 24

_REST_UNKNOWN = (
    "    nothing else is known of a request without an entry:",
    "    'evalkit cache explain TASKFILE SAMPLE --model=SPEC' says what would be asked now",
)

_WHAT = (
    f"RUN SAMPLE or RUN TASK SAMPLE, where RUN is {RUN_HELP}; TASKFILE SAMPLE with --model for what would \
be asked now; SAMPLE, or the start of an entry's key, for everything that is kept of it"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="+", metavar="RUN SAMPLE", help=_WHAT)
    parser.add_argument("--task", metavar="NAME", help="only this task")
    parser.add_argument("--subject", metavar="LABEL", help="only this subject, or this model")
    parser.add_argument("--repeat", type=count, metavar="K", help="only this repeat, from 0")
    parser.add_argument(
        "--model", action="append", metavar="SPEC", help="with a task file: the model that would be asked"
    )
    parser.add_argument(
        "--prompt",
        action="append",
        metavar="NAME=FILE",
        help="with a task file: the prompt to use, as in --llm-prompt",
    )


def run(arguments: argparse.Namespace, directory: Path) -> int:
    what = arguments.what
    if len(what) == 1:
        return _entries(arguments, directory, what[0])
    if len(what) > 3:
        raise UsageError(f"{len(what)} words are too many", hint="write RUN SAMPLE or RUN TASK SAMPLE")
    if len(what) == 3:
        arguments.task = what[1]
    found = _found(arguments, directory, what[0], what[-1])
    if arguments.json:
        print_json([_object(each) for each in found])
        return 0
    for each in found:
        say(*_lines(each))
    if any(each.nearest is not None for each in found):
        say("", *NEAREST)
    return 0


def _found(arguments: argparse.Namespace, directory: Path, run: str, sample_id: str) -> list[Explained]:
    if Path(run).suffix in (".yaml", ".py") or Path(run).is_dir():
        return _asked_now(arguments, directory, Path(run), sample_id)
    with Store.open(arguments.store) as store:
        print_notes(store.notes)
        return explain_run(
            store, directory, find_run(store, run), sample_id,
            task=arguments.task, subject=arguments.subject, repeat=arguments.repeat,
        )  # fmt: skip


def _asked_now(arguments: argparse.Namespace, directory: Path, path: Path, sample_id: str) -> list[Explained]:
    from evalkit.api.options import options_of, project_root
    from evalkit.session.asked_now import explain_now
    from evalkit.session.session import EvalSession
    from evalkit.session.task_sources import load_tasks

    if not (directory / FILE_NAME).exists():
        raise UsageError("there is no response cache", where=str(directory), hint="run pytest first")
    cwd = Path.cwd()
    options = options_of({"store": arguments.store, "sample": [sample_id], "cache": "read"}, cwd)
    options = replace(options, models=tuple(arguments.model or options.models))
    options = replace(options, prompts=tuple(arguments.prompt or options.prompts))
    if not options.models:
        raise UsageError("no model is given", hint="add --model=SPEC, for example --model=local/smollm2")
    tasks = [task for task in load_tasks(path) if arguments.task in (None, task.task)]
    session = EvalSession(options, project_root(cwd), cwd, "explain")
    found = explain_now(session, tasks, directory, sample_id, arguments.repeat or 0)
    return [each for each in found if arguments.subject in (None, each.subject)]


def _lines(explained: Explained) -> list[str]:
    name = f"{explained.task} · {explained.subject} · {explained.sample_id} · repeat {explained.repeat}"
    lines = [f"{name}: {_way(explained)}"]
    entry, nearest = explained.entry, explained.nearest
    if entry is not None:
        lines.append(f"  entry {_entry_text(entry)}")
    if explained.way == "asked" and entry is None:
        lines.append(
            "  it has no entry: --llm-cache=read or off, a model that is not cached, or removed since"
        )
    if nearest is not None:
        lines.append(f"  nearest entry {_entry_text(nearest.entry)}")
        lines += [f"    {line}" for line in difference_lines(nearest.differences)]
        if entry is None and explained.way != "to be asked":
            lines += _REST_UNKNOWN
    elif explained.way != "cached":
        lines.append("  nothing else was kept of this sample, or of its input")
    return lines


def _way(explained: Explained) -> str:
    if explained.way == "cached":
        is_gone = explained.entry is None
        return "answered from the cache" + (", by an entry that no longer exists" if is_gone else "")
    if explained.way == "failed":
        return f"the call failed, and errors are never kept: {explained.error}"
    return (
        "asked: the cache did not have it" if explained.way == "asked" else "not in the cache, would be asked"
    )


def _entry_text(entry: CacheEntry) -> str:
    return (
        f"{entry.key[:_KEY_CHARS]} ({entry.sample_id}, repeat {entry.repeat}, {local_time(entry.stored_at)})"
    )


def difference_lines(found: Sequence[Difference]) -> list[str]:
    """``part: how``, a line for each change."""
    if not found:
        return ["no known part differs"]
    return [f"{each.part}: {change}" for each in found for change in each.changes]


def _object(explained: Explained) -> dict[str, Any]:
    nearest = explained.nearest
    return {
        "task": explained.task,
        "subject": explained.subject,
        "sample_id": explained.sample_id,
        "repeat": explained.repeat,
        "way": explained.way,
        "error": explained.error,
        "entry": explained.entry and _entry_object(explained.entry),
        "nearest": nearest and _entry_object(nearest.entry),
        "differences": None
        if nearest is None
        else [{"part": each.part, "changes": each.changes} for each in nearest.differences],
    }


def _entry_object(entry: CacheEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "sample_id": entry.sample_id,
        "repeat": entry.repeat,
        "stored_at": utc_time(entry.stored_at),
        "identity": entry.identity,
        "options": entry.options,
        "response": entry.response,
    }


def _entries(arguments: argparse.Namespace, directory: Path, what: str) -> int:
    """All that is kept of one sample, and in which parts each entry differs from the one before."""
    entries = entries_of(directory, what)
    if arguments.json:
        print_json([_entry_object(entry) for entry in entries])
        return 0
    if not entries:
        say(f"nothing is kept for {what!r}")
        return 0
    rows = [
        (each.key[:_KEY_CHARS], each.sample_id, each.repeat, local_time(each.stored_at), each.response.output)
        for each in entries
    ]
    print_table(("key", "sample", "repeat", "kept since", "output"), rows, whole=("key",))
    store = Store.open(arguments.store) if arguments.store.exists() else None
    try:
        for newer, older in pairwise(entries):
            keys = [each.taken_apart(input_of(store, each)) for each in (newer, older)]
            for line in difference_lines(differences(*keys)):
                say(f"{newer.key[:_KEY_CHARS]} is not {older.key[:_KEY_CHARS]}: {line}")
    finally:
        if store is not None:
            store.close()
    return 0
