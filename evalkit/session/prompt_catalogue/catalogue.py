"""Everything that is known of one prompt: its versions, and the labels that point at them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.core.text import path_in
from evalkit.errors import StoreError, StoreLockedError, UsageError, did_you_mean
from evalkit.session.prompt_catalogue.files import find_file, no_prompt
from evalkit.session.prompt_catalogue.repository import FileCommit, Repository
from evalkit.session.prompt_catalogue.timeline import hash_of, merged, steps, title
from evalkit.store import prompts as table
from evalkit.store.creation import is_store
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

_NUMBER = re.compile(r"v?(\d{1,9})")
_HASH = re.compile(r"[0-9a-f]{4,64}")
_CUT = "the clone is shallow, and numbers are places in the whole history"
_UNCUT = "git fetch --unshallow; in CI fetch the whole history, as by fetch-depth: 0 of actions/checkout"


@dataclass(frozen=True)
class Catalogue:
    """The versions of one prompt.

    Attributes:
        versions: the oldest first; those of git have numbers by its history, drafts of the store none.
        labels: label to the hash of the text that it points at.
        file: where the prompt is written; None where no file of the project is it.
        notes: what the user should know.
        is_cut: the clone is shallow, so that git does not tell which version is the first.
    """

    name: str
    versions: Sequence[StoredPrompt]
    labels: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    repository: Repository | None = None
    commits: Sequence[FileCommit] = ()
    notes: list[str] = field(default_factory=list)
    is_cut: bool = False

    @property
    def steps(self) -> list[StoredPrompt]:
        """What the prompt was, one text after the other, reverts included."""
        return steps(self.versions, self.commits)

    def find(self, which: str) -> StoredPrompt:
        """By number (``3``, ``v3``), label, start of the text's hash, or what git calls a commit.

        Raises UsageError with what is near, or with the versions that it may be.
        """
        version = self.known(which) or self._at(which)
        if version is None and self.is_cut and is_number(which):
            raise UsageError(f"version {which!r} of prompt {self.name!r} is unknown: {_CUT}", hint=_UNCUT)
        if version is None:
            raise UsageError(f"prompt {self.name!r} has no version {which!r}", hint=self._near(which))
        return version

    def known(self, which: str) -> StoredPrompt | None:
        """As ``find``, without asking git for a commit; None where there is none."""
        number = _NUMBER.fullmatch(which)
        found = [each for each in self.versions if number and each.version == int(number[1])]
        if not found and which in self.labels:
            found = [each for each in self.versions if each.prompt_hash == self.labels[which]]
        if not found and _HASH.fullmatch(which):
            found = [each for each in self.versions if _begins(each, which)]
        if len(found) > 1:
            both = " and ".join(map(title, found[:2]))
            raise UsageError(f"{self.name}@{which} may be {both}", hint="give more characters, or the number")
        return found[0] if found else None

    def of_text(self, text: str) -> StoredPrompt | None:
        """The version that a text is, or None."""
        wanted = hash_of(text)
        return next((each for each in self.versions if each.prompt_hash == wanted), None)

    def _at(self, revision: str) -> StoredPrompt | None:
        """The text at a commit, a tag or a branch."""
        if self.repository is None or self.file is None:
            return None
        commit = self.repository.commit_of(revision)
        if commit is None:
            return None
        now = self.repository.name_of(self.file)
        paths = list(dict.fromkeys(filter(None, [now, *(each.path for each in reversed(self.commits))])))
        found = self.repository.text_at(commit, paths)
        if found is None:
            what = f"commit {commit[:10]} has no file of the prompt {self.name!r}"
            raise UsageError(what, hint=f"its files are {', '.join(paths)}")
        text = found[1]
        known = self.of_text(text)
        return known or StoredPrompt(self.name, None, hash_of(text), text, 0.0, git_commit=commit)

    def _near(self, which: str) -> str:
        numbers = [str(each.version) for each in self.versions if each.version is not None]
        if which in self.labels:
            return "the text that the label points at is in another store"
        return did_you_mean(which, [*self.labels, *numbers])


def is_number(which: str) -> bool:
    """Whether a version is asked for by its number."""
    return _NUMBER.fullmatch(which) is not None


def stored_catalogue(name: str, store: Path) -> Catalogue:
    """What the store alone knows of a prompt, which may be nothing."""
    notes: list[str] = []
    versions, labels = _stored(store, name, notes)
    return Catalogue(name, versions, labels, notes=notes)


def open_catalogue(
    name: str, store: Path, root: Path, file: Path | None = None, *, is_kept: bool = True
) -> Catalogue:
    """Read what git and the store know of a prompt; where there is a store, it learns what git says.

    Args:
        store: the file of results, which need not be there.
        root: folder of the project.
        file: the prompt's file; None looks for it.
        is_kept: whether the store may be written to.

    Raises:
        UsageError: there is no such prompt, or several files may be meant.
        StoreError: the store cannot be read.
    """
    notes: list[str] = []
    root = root.resolve()  # as git has it
    stored, labels = _stored(store, name, notes)
    repository = Repository.around(root)
    if file is not None and not file.exists() and repository is None:
        raise UsageError(f"there is no file {file}", hint="check --file=PATH")
    files = repository.files() if repository is not None and file is None else []
    file = file or find_file(name, files, [root / each.path for each in reversed(stored) if each.path])
    commits = repository.commits(file) if repository is not None and file is not None else []
    path = path_in(file, root)
    is_cut = repository is not None and bool(commits) and repository.is_cut_at(commits[0].commit)
    versions = merged(
        name, commits, stored, path, lambda commit: _path_then(repository, commit, root), is_cut=is_cut
    )
    if is_cut:
        notes.append(f"{_CUT} ({_UNCUT})")
    if not versions and file is None:
        raise no_prompt(name, files, _names(store))
    if is_kept and not is_cut and is_store(store) and _by_hash(versions) != _by_hash(stored):
        _keep(store, versions, notes)
    return Catalogue(name, versions, labels, file, repository, commits, notes, is_cut)


def _path_then(repository: Repository | None, commit: FileCommit, root: Path) -> str | None:
    """Of the file in a commit, relative to the folder of the project."""
    return None if repository is None else path_in(repository.folder / commit.path, root)


def _by_hash(versions: Sequence[StoredPrompt]) -> dict[str, StoredPrompt]:
    return {each.prompt_hash: each for each in versions}


def _begins(version: StoredPrompt, which: str) -> bool:
    return version.prompt_hash.startswith(which) or (version.git_commit or "").startswith(which)


def _stored(store: Path, name: str, notes: list[str]) -> tuple[list[StoredPrompt], dict[str, str]]:
    if not is_store(store):
        return [], {}
    with Store.open(store) as opened:
        notes += opened.notes
        rows = table.label_rows(opened.connection, name)
        pointed = {row.label: row.prompt_hash for row in rows}
        stored = opened.prompts(name)
    return stored, {label: found for label, found in pointed.items() if found is not None}


def _names(store: Path) -> list[str]:
    if not is_store(store):
        return []
    with Store.open(store) as opened:
        return [each.prompt for each in opened.prompts()]


def _keep(store: Path, versions: Sequence[StoredPrompt], notes: list[str]) -> None:
    """A store that cannot be written now learns it later."""
    try:
        with Store.open(store, mode="write", timeout_s=1.0) as opened:
            table.record(opened.connection, versions)
    except StoreLockedError:
        notes.append("the store is in use: it learns later what git says")
    except StoreError as error:
        notes.append(f"the store does not learn what git says: {error.what}")
