"""``evalkit prompts list``, ``show`` and ``diff``: the texts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evalkit.api.options import project_root
from evalkit.cli.printing import local_time, print_json, print_notes, print_table, print_text, say, utc_time
from evalkit.errors import StoreError, UsageError, did_you_mean
from evalkit.session.prompt_catalogue.catalogue import Catalogue, open_catalogue
from evalkit.session.prompt_catalogue.differences import line_changes
from evalkit.session.prompt_catalogue.files import is_prompt_file, own_name
from evalkit.session.prompt_catalogue.repository import Repository
from evalkit.session.prompt_catalogue.timeline import hash_of, labels_of, title
from evalkit.store.creation import is_store
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store


def catalogue_of(arguments: argparse.Namespace, name: str | None = None) -> Catalogue:
    """The catalogue of the prompt that a command names; what the user should know is told."""
    file = Path.cwd() / arguments.file if arguments.file else None
    root = project_root(Path.cwd())
    found = open_catalogue(name or arguments.prompt, arguments.store, root, file)
    print_notes(found.notes)
    return found


def version_object(version: StoredPrompt, labels: Sequence[str] = ()) -> dict[str, Any]:
    """A version for machines."""
    times = {name: utc_time(getattr(version, name)) for name in ("created_at", "committed_at")}
    return {**asdict(version), **times, "labels": list(labels)}


def _list(arguments: argparse.Namespace) -> int:
    stored = _stored(arguments.store)
    names = list(dict.fromkeys([*(each.prompt for each in stored), *_names_of_files()]))
    root = project_root(Path.cwd())
    found = [(each, open_catalogue(each, arguments.store, root)) for each in names]
    for _, catalogue in found:
        print_notes(catalogue.notes)
    versions = [(each, labels_of(each, c.labels)) for _, c in found for each in c.versions]
    if arguments.json:
        print_json([version_object(each, labels) for each, labels in versions])
        return 0
    rows = [
        (each.prompt, each.version or "draft", each.prompt_hash, local_time(each.created_at),
         ", ".join(labels), each.template)
        for each, labels in versions
    ]  # fmt: skip
    headers = ("prompt", "version", "hash", "first used", "labels", "text")
    print_table(headers, rows, right=("version",), whole=("version", "hash", "first used"))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    name, at, which = arguments.prompt.partition("@")
    if at:
        catalogue = catalogue_of(arguments, name)
        found = catalogue.find(which)
        labels = labels_of(found, catalogue.labels)
    else:
        found, labels = _found(arguments), []
    if arguments.json:
        print_json(version_object(found, labels))
    else:
        print_text(found.template)
    return 0


def _found(arguments: argparse.Namespace) -> StoredPrompt:
    """By the start of a hash, or the latest of a name; a name that the store lacks may be git's."""
    try:
        return find_prompt(_stored(arguments.store), arguments.prompt)
    except StoreError as error:
        try:
            catalogue = catalogue_of(arguments)
        except UsageError:
            raise error from None
        if not catalogue.versions:
            raise
        return catalogue.versions[-1]


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


def _diff(arguments: argparse.Namespace) -> int:
    catalogue = catalogue_of(arguments)
    old = catalogue.find(arguments.old)
    new = catalogue.find(arguments.new) if arguments.new else _present(catalogue)
    lines = line_changes(old.template, new.template)
    if arguments.json:
        shown = [version_object(each, labels_of(each, catalogue.labels)) for each in (old, new)]
        print_json({"old": shown[0], "new": shown[1], "lines": [asdict(each) for each in lines]})
        return 0
    say(f"--- {_title(old, catalogue)}", f"+++ {_title(new, catalogue)}")
    say(*(each.shown for each in lines) if lines else ["they are the same"])
    return 0


def _present(catalogue: Catalogue) -> StoredPrompt:
    """The file as it is, committed or not."""
    from evalkit.prompts.file import load_prompt

    if catalogue.file is None or not catalogue.file.exists():
        return catalogue.versions[-1]
    text = load_prompt(catalogue.name, catalogue.file).text
    return catalogue.of_text(text) or StoredPrompt(catalogue.name, None, hash_of(text), text, 0.0)


def _title(version: StoredPrompt, catalogue: Catalogue) -> str:
    labels = labels_of(version, catalogue.labels)
    return " · ".join([title(version), *labels, *(["draft"] if version.version is None else [])])


def _stored(store: Path) -> list[StoredPrompt]:
    if not is_store(store) and Repository.around(Path.cwd()) is not None:
        return []
    with Store.open(store) as opened:
        print_notes(opened.notes)
        return opened.prompts()


def _names_of_files() -> list[str]:
    """Of the files in git that are prompts by their names."""
    repository = Repository.around(Path.cwd())
    files = repository.files() if repository is not None else []
    return [name for path in files if is_prompt_file(path) and (name := own_name(path))]


ACTIONS = {"list": _list, "show": _show, "diff": _diff}
