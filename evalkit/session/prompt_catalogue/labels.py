"""Names that point at versions of a prompt: ``production``, ``candidate``."""

from __future__ import annotations

import re
from pathlib import Path

from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.errors import UsageError, did_you_mean
from evalkit.session.prompt_catalogue.catalogue import Catalogue
from evalkit.store import prompts as table
from evalkit.store.connection import told
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

_LABEL = re.compile(r"[A-Za-z][\w.-]*")
_TAKEN = re.compile(r"v\d+|[0-9a-f]{4,}|HEAD")


def check_label(label: str) -> None:
    """Raises UsageError where no label may be called so: what may be a number, a hash or a commit."""
    if not _LABEL.fullmatch(label) or _TAKEN.fullmatch(label) or label in (DEFAULT_PROMPT, "latest"):
        hint = "use letters, digits, '-', '_' and '.', a letter first; nothing like v3, cafe or HEAD"
        raise UsageError(f"{label!r} cannot be a label", hint=hint)


def set_label(store: Path, catalogue: Catalogue, version: StoredPrompt, label: str) -> None:
    """Point a label at a version, whose text the store keeps from now on. Raises UsageError, StoreError."""
    check_label(label)
    with Store.open(store, mode="write") as opened, told(store):
        known = {each.prompt_hash for each in opened.prompts(catalogue.name)}
        table.record(opened.connection, [*catalogue.versions, *_unknown(catalogue, version, known)])
        table.set_label(opened.connection, catalogue.name, label, version.prompt_hash)


def remove_label(store: Path, catalogue: Catalogue, label: str) -> None:
    """Have a label point at nothing; its history stays. Raises UsageError where there is none."""
    if label not in catalogue.labels:
        what = f"prompt {catalogue.name!r} has no label {label!r}"
        raise UsageError(what, hint=did_you_mean(label, catalogue.labels) if catalogue.labels else None)
    with Store.open(store, mode="write") as opened, told(store):
        table.set_label(opened.connection, catalogue.name, label, None)


def _unknown(catalogue: Catalogue, version: StoredPrompt, known: set[str]) -> list[StoredPrompt]:
    """A version of another branch, which is none of the catalogue's."""
    is_known = version in catalogue.versions or version.prompt_hash in known
    return [] if is_known else [version]
