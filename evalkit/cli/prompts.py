"""``evalkit prompts``: the prompt texts that were ever put to a model."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from evalkit.cli.printing import local_time, print_json, print_notes, print_table, print_text, utc_time
from evalkit.cli.shared_options import add_shared_options
from evalkit.errors import StoreError, did_you_mean
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

HELP = "list stored prompts, or print the text of one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add_shared_options(actions.add_parser("list", help="names, hashes and when each text was first used"))
    show = actions.add_parser("show", help="print a text as it was written, for use as a file")
    add_shared_options(show)
    show.add_argument(
        "prompt", metavar="PROMPT", help="the hash of a text or its start, or a name: its latest text"
    )


def run(arguments: argparse.Namespace) -> int:
    with Store.open(arguments.store) as store:
        stored = store.prompts()
        print_notes(store.notes)
    if arguments.action == "show":
        found = find_prompt(stored, arguments.prompt)
        if arguments.json:
            print_json(_object(found))
        else:
            print_text(found.template)
    elif arguments.json:
        print_json([_object(each) for each in stored])
    else:
        rows = [
            (each.prompt, each.prompt_hash, local_time(each.created_at), each.template) for each in stored
        ]
        print_table(("prompt", "hash", "first used", "text"), rows, whole=("hash", "first used"))
    return 0


def find_prompt(stored: list[StoredPrompt], which: str) -> StoredPrompt:
    """By the start of a hash, or the latest of a name. Raises StoreError that says what is near."""
    by_hash = {each.prompt_hash: each for each in stored if each.prompt_hash.startswith(which)}
    if which and len(by_hash) == 1:
        return next(iter(by_hash.values()))
    named = [each for each in stored if each.prompt == which]
    if named:
        return named[-1]
    if which and by_hash:
        raise StoreError(
            f"{which!r} is the start of {len(by_hash)} prompts", hint="give more characters of one hash"
        )
    names = {each.prompt for each in stored} | {each.prompt_hash for each in stored}
    raise StoreError(f"there is no prompt {which!r}", hint=did_you_mean(which, names))


def _object(prompt: StoredPrompt) -> dict[str, object]:
    return {**asdict(prompt), "created_at": utc_time(prompt.created_at)}
