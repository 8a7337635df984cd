"""``evalkit cache export`` and ``import``: the response cache as a file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson

from evalkit.cache.entries import CacheEntry
from evalkit.cache.export import Exported, write_file
from evalkit.cache.merge import read_file
from evalkit.cli.printing import print_json, print_notes, say
from evalkit.core.text import plural
from evalkit.errors import StoreError, did_you_mean
from evalkit.session.stored.answered import inputs_of
from evalkit.session.stored.run_names import RUN_HELP, find_run
from evalkit.store.store import Store

#: What the time of an answer may be off after it went through the store, in microseconds.
_OFF_US = (-1, 0, 1)
_SHOWN_SAMPLES = 5


def add_arguments(export: argparse.ArgumentParser, merge: argparse.ArgumentParser) -> None:
    file = "FILE.jsonl, or FILE.jsonl.gz to compress it"
    export.add_argument("file", type=Path, metavar="FILE", help=file)
    export.add_argument("--run", metavar="RUN", help=f"only what this run used: {RUN_HELP}")
    export.add_argument("--task", metavar="NAME", help="only what this task used, in that run or in any")
    export.add_argument("--model", metavar="TEXT", help="only entries of models whose identity contains TEXT")
    export.add_argument(
        "--without-inputs", action="store_true", help="leave out the rendered prompts, for a smaller file"
    )
    merge.add_argument("file", type=Path, metavar="FILE", help=file)


def export(arguments: argparse.Namespace, directory: Path) -> int:
    with ExitStack() as closing:
        store = _store(arguments, closing)
        used = _used(arguments, store)

        def inputs(entries: Sequence[CacheEntry]) -> Mapping[str, str]:
            return {} if arguments.without_inputs else inputs_of(store, entries)

        written = write_file(
            directory,
            arguments.file,
            lambda entry: _is_wanted(entry, used, arguments.model),
            inputs,
        )
    if arguments.json:
        print_json({
            "path": str(written.path), "n_entries": written.n_entries, "n_models": written.n_models,
            "n_bytes": written.n_bytes, "n_cut": written.n_cut, "n_used": None if used is None else len(used),
            "samples_with_keys": written.keys_in,
        })  # fmt: skip
    else:
        content = f"{plural(written.n_entries, 'response')} of {plural(written.n_models, 'model')}"
        say(f"{written.path}: {content}, {written.n_bytes / 1e3:,.0f} kB")
    print_notes(_notes(written, used))
    return 0


def merge(arguments: argparse.Namespace, directory: Path) -> int:
    merged = read_file(directory, arguments.file)
    if arguments.json:
        print_json({"n_new": merged.n_new, "n_known": merged.n_known, "n_other": merged.n_other})
        return 0
    known = f", {merged.n_known:,} known already" if merged.n_known else ""
    other = f", {merged.n_other:,} known with another answer, which stays" if merged.n_other else ""
    say(f"{plural(merged.n_new, 'new response')}{known}{other}")
    return 0


def _store(arguments: argparse.Namespace, closing: ExitStack) -> Store | None:
    """The store has the inputs, and which run asked for what; a cache can be exported without it."""
    if arguments.run is None and arguments.task is None and not arguments.store.exists():
        return None
    store = closing.enter_context(Store.open(arguments.store))
    print_notes(store.notes)
    return store


def _used(arguments: argparse.Namespace, store: Store | None) -> set[int] | None:
    """The times of the answers that the run or the task used, in microseconds; None for all."""
    if store is None or (arguments.run is None and arguments.task is None):
        return None
    runs = store.runs(None) if arguments.run is None else [find_run(store, arguments.run)]
    evaluations = [each for run in runs for each in store.evaluations(run.run_id)]
    chosen = [each.evaluation_id for each in evaluations if arguments.task in (None, each.task)]
    if not chosen:
        if arguments.task is None:
            raise StoreError(f"run {arguments.run!r} evaluated nothing")
        hint = did_you_mean(arguments.task, {each.task for each in evaluations})
        raise StoreError(f"there is no task {arguments.task!r}", hint=hint)
    return set(store.answers.times_of(chosen))


def _is_wanted(entry: CacheEntry, used: set[int] | None, model: str | None) -> bool:
    if model is not None and model not in orjson.dumps(entry.identity).decode():
        return False
    created_at = entry.response.created_at
    if used is None:
        return True
    return created_at is not None and any(round(created_at * 1e6) + off in used for off in _OFF_US)


def _notes(written: Exported, used: set[int] | None) -> list[str]:
    notes = []
    if used is not None and written.n_entries < len(used):
        n_lacking = len(used) - written.n_entries
        notes.append(
            f"{plural(n_lacking, 'answer')} that it used are not in the cache: they would be asked for"
        )
    if written.n_cut:
        notes.append(f"a secret was cut out of {plural(written.n_cut, 'answer')}")
    if written.keys_in:
        some = ", ".join(written.keys_in[:_SHOWN_SAMPLES])
        more = " …" if len(written.keys_in) > _SHOWN_SAMPLES else ""
        samples = plural(len(written.keys_in), "sample")
        notes.append(f"answers to {samples} hold what looks like a key: {some}{more}")
    return notes
