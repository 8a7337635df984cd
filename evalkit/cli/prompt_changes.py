"""``evalkit prompts label`` and ``revert``."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.cli.printing import local_time, print_json, print_table, say, utc_time
from evalkit.cli.prompt_texts import catalogue_of, version_object
from evalkit.core.text import shown_path
from evalkit.errors import UsageError
from evalkit.session.prompt_catalogue import labels
from evalkit.session.prompt_catalogue.catalogue import Catalogue
from evalkit.session.prompt_catalogue.revert import revert
from evalkit.session.prompt_catalogue.timeline import title
from evalkit.store import prompts as table
from evalkit.store.creation import is_store
from evalkit.store.prompts import LabelRow
from evalkit.store.store import Store


def _label(arguments: argparse.Namespace) -> int:
    catalogue = catalogue_of(arguments)
    if arguments.remove is not None:
        labels.remove_label(arguments.store, catalogue, arguments.remove)
        return _said(arguments, f"{catalogue.name} has no label {arguments.remove} any more", None)
    if arguments.version is None:
        return _history(arguments, catalogue)
    if arguments.label is None:
        raise UsageError(
            "which label?", hint=f"prompts label {catalogue.name} {arguments.version} production"
        )
    version = catalogue.find(arguments.version)
    before = catalogue.labels.get(arguments.label)
    labels.set_label(arguments.store, catalogue, version, arguments.label)
    was = next((title(each) for each in catalogue.versions if each.prompt_hash == before), before)
    moved = f" (was {was})" if before not in (None, version.prompt_hash) else ""
    text = f"{catalogue.name}@{arguments.label} is now {title(version)}{moved}"
    return _said(arguments, text, {"label": arguments.label, **version_object(version)})


def _said(arguments: argparse.Namespace, text: str, answer: object) -> int:
    if arguments.json:
        print_json(answer)
    else:
        say(text)
    return 0


def _history(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    rows = _rows(arguments.store, catalogue.name)
    titles = {each.prompt_hash: title(each) for each in catalogue.versions}
    if arguments.json:
        print_json([
            {"label": each.label, "prompt_hash": each.prompt_hash, "set_at": utc_time(each.created_at),
             "version": titles.get(each.prompt_hash or ""), "is_current": _is_current(each, rows)}
            for each in rows
        ])  # fmt: skip
    elif rows:
        print_table(
            ("label", "version", "set", ""),
            [
                (each.label, titles.get(each.prompt_hash or "", each.prompt_hash or "removed"),
                 local_time(each.created_at), "now" if _is_current(each, rows) else "")
                for each in rows
            ],
        )  # fmt: skip
    else:
        say(f"no labels yet: evalkit prompts label {catalogue.name} VERSION production")
    return 0


def _rows(store: Path, name: str) -> list[LabelRow]:
    if not is_store(store):
        return []
    with Store.open(store) as opened:
        return table.label_rows(opened.connection, name)


def _is_current(row: LabelRow, rows: list[LabelRow]) -> bool:
    return row.prompt_hash is not None and row is [each for each in rows if each.label == row.label][-1]


def _revert(arguments: argparse.Namespace) -> int:
    catalogue = catalogue_of(arguments)
    version = catalogue.find(arguments.version)
    path = revert(catalogue, version, is_forced=arguments.force)
    text = f"{shown_path(path, Path.cwd().resolve())} is {title(version)} again; nothing was committed"
    return _said(arguments, text, {"file": str(path), **version_object(version)})


ACTIONS = {"label": _label, "revert": _revert}
