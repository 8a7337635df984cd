"""The versions of one prompt in the order of time, from what git and the store say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from evalkit.session.prompt_catalogue.repository import FileCommit
from evalkit.store.prompts import StoredPrompt


def hash_of(text: str) -> str:
    """As ``Prompt.prompt_hash``."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def merged(
    name: str,
    commits: Sequence[FileCommit],
    stored: Sequence[StoredPrompt],
    path: str | None,
    path_of: Callable[[FileCommit], str | None],
    *,
    is_cut: bool = False,
) -> list[StoredPrompt]:
    """All versions, the oldest first. Those of git are numbered by its history, so that whoever has the same
    history has the same numbers; texts that only the store has stand between them, as drafts.

    A text that comes back (a revert) is the version that it was. Without commits the store's numbers stay.

    Args:
        path: of the file now, relative to the folder of the project.
        path_of: the same of the file in a commit.
        is_cut: what came before the first commit is unknown: numbers are those that the store has of git.
    """
    if not commits:
        return [replace(each, path=each.path or path) for each in stored]
    known = {each.prompt_hash: each for each in stored}
    first: dict[str, FileCommit] = {}
    for commit in commits:
        first.setdefault(hash_of(commit.text), commit)
    versions = [
        _version(name, number, prompt_hash, commit, known.get(prompt_hash), path_of(commit))
        for number, (prompt_hash, commit) in enumerate(first.items(), 1)
    ]
    if is_cut:
        of_git = {each.prompt_hash: each.version for each in stored if each.git_commit is not None}
        earlier = [each for each in stored if each.prompt_hash not in first]
        return [replace(each, version=of_git.get(each.prompt_hash)) for each in (*earlier, *versions)]
    drafts = [
        StoredPrompt(name, None, each.prompt_hash, each.template, each.created_at, path=each.path or path)
        for each in stored
        if each.prompt_hash not in first
    ]
    return list(_by_time(versions, drafts, [each.committed_at for each in first.values()]))


def steps(versions: Sequence[StoredPrompt], commits: Sequence[FileCommit]) -> list[StoredPrompt]:
    """What the prompt was, one after the other: as ``versions``, but a text that came back stands again where
    it did."""
    by_hash = {each.prompt_hash: each for each in versions}
    drafts = [each for each in versions if each.git_commit is None]
    texts = [by_hash[hash_of(each.text)] for each in commits]
    found: list[StoredPrompt] = []
    for each in _by_time(texts, drafts, [each.committed_at for each in commits]):
        if not found or found[-1].prompt_hash != each.prompt_hash:
            found.append(each)
    return found


def labels_of(version: StoredPrompt, labels: Mapping[str, str]) -> list[str]:
    """The labels that point at a version."""
    return sorted(label for label, prompt_hash in labels.items() if prompt_hash == version.prompt_hash)


def title(version: StoredPrompt) -> str:
    """``support@3``; of a draft ``support@1a2b3c4d``."""
    which = version.prompt_hash[:8] if version.version is None else version.version
    return f"{version.prompt}@{which}"


def _version(
    name: str,
    number: int,
    prompt_hash: str,
    commit: FileCommit,
    known: StoredPrompt | None,
    path: str | None,
) -> StoredPrompt:
    return StoredPrompt(
        name,
        number,
        prompt_hash,
        commit.text,
        known.created_at if known else commit.authored_at,
        commit.message,
        commit.commit,
        commit.author,
        commit.authored_at,
        path,
    )


def _by_time(
    ordered: Sequence[StoredPrompt], drafts: Sequence[StoredPrompt], times: Sequence[float]
) -> Iterator[StoredPrompt]:
    """Drafts behind all that was committed before they were used; the order of git stays."""
    waiting = sorted(drafts, key=lambda each: each.created_at)
    for each, at in zip(ordered, times, strict=True):
        while waiting and waiting[0].created_at < at:
            yield waiting.pop(0)
        yield each
    yield from waiting
