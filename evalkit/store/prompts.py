"""``prompts`` and ``prompt_labels``: texts, the numbers of their versions, and names that point at them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.store.bulk import utc
from evalkit.store.connection import Connection


@frozen(slots=True)
class StoredPrompt:
    """A row of ``prompts``; times are seconds since the epoch.

    Attributes:
        version: the number of the version, from 1; None of a draft: a text that was used, and is in no commit
            of a file that git knows.
        created_at: when it was first stored; of a version that no session used, when it was committed.
        message, git_commit, git_author, committed_at: of the first commit that has the text.
        path: its file, relative to the folder of the project.
    """

    prompt: str
    version: int | None
    prompt_hash: str
    template: str
    created_at: float
    message: str | None = None
    git_commit: str | None = None
    git_author: str | None = None
    committed_at: float | None = None
    path: str | None = None


@frozen(slots=True)
class LabelRow:
    """A row of ``prompt_labels``; ``prompt_hash`` is None where the label was removed."""

    prompt: str
    label: str
    prompt_hash: str | None
    created_at: float


def stored(connection: Connection, name: str | None) -> list[StoredPrompt]:
    rows = connection.execute(
        """SELECT prompt, version, prompt_hash, template, epoch_us(created_at) / 1e6, message,
                  git_commit, git_author, epoch_us(committed_at) / 1e6, path
           FROM prompts WHERE ?::VARCHAR IS NULL OR prompt = ? ORDER BY created_at, rowid""",
        [name, name],
    ).fetchall()
    return [StoredPrompt(*row) for row in rows]


def text_of(connection: Connection, prompt_hash: str) -> str | None:
    row = connection.execute(
        "SELECT template FROM prompts WHERE prompt_hash = ? ORDER BY rowid LIMIT 1", [prompt_hash]
    ).fetchone()
    return str(row[0]) if row else None


def label_rows(connection: Connection, name: str | None = None) -> list[LabelRow]:
    """Where labels of a prompt, or of all, pointed over time, the oldest first."""
    rows = connection.execute(
        """SELECT prompt, label, prompt_hash, epoch_us(created_at) / 1e6 FROM prompt_labels
           WHERE ?::VARCHAR IS NULL OR prompt = ? ORDER BY created_at, rowid""",
        [name, name],
    ).fetchall()
    return [LabelRow(*row) for row in rows]


def set_label(connection: Connection, name: str, label: str, prompt_hash: str | None) -> None:
    """Point a label at a text, or, with None, at nothing any more; where it pointed before stays."""
    values = [name, label, prompt_hash, utc(time.time())]
    connection.execute("INSERT INTO prompt_labels VALUES (?, ?, ?, ?)", values)


def number_new(connection: Connection) -> None:
    """Give texts that have no number the next ones, in the order of their first use, and subjects the numbers
    of their texts. Of a prompt that git knows a text without a commit is a draft, and stays without one."""
    connection.execute(
        """UPDATE prompts SET version = numbered.n FROM (
               SELECT rowid AS place, (SELECT coalesce(max(version), 0) FROM prompts known
                                       WHERE known.prompt = fresh.prompt)
                      + row_number() OVER (PARTITION BY prompt ORDER BY created_at, rowid) AS n
               FROM prompts fresh WHERE version IS NULL AND NOT EXISTS (
                   FROM prompts known WHERE known.prompt = fresh.prompt AND known.git_commit IS NOT NULL)
           ) AS numbered WHERE prompts.rowid = numbered.place"""
    )
    _number_subjects(connection)


def _number_subjects(connection: Connection) -> None:
    """``NAME@VERSION`` is a text of ``NAME``."""
    connection.execute(
        """UPDATE subjects SET prompt_version = prompts.version FROM prompts
           WHERE prompts.prompt = split_part(subjects.prompt, '@', 1)
             AND prompts.prompt_hash = subjects.prompt_hash
             AND prompt_version IS DISTINCT FROM prompts.version"""
    )


def record(connection: Connection, versions: Sequence[StoredPrompt]) -> None:
    """Keep all versions of one prompt as they are known now: their numbers, commits and texts."""
    names = ("version", "message", "git_commit", "git_author", "committed_at", "path")
    connection.execute("BEGIN")
    for each in versions:
        committed = None if each.committed_at is None else utc(each.committed_at)
        values = [each.version, each.message, each.git_commit, each.git_author, committed, each.path]
        found = connection.execute(
            f"UPDATE prompts SET {', '.join(f'{name} = ?' for name in names)} "
            "WHERE prompt = ? AND prompt_hash = ? RETURNING 1",
            [*values, each.prompt, each.prompt_hash],
        ).fetchall()
        if not found:
            connection.execute(
                f"INSERT INTO prompts (prompt, prompt_hash, template, created_at, {', '.join(names)}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [each.prompt, each.prompt_hash, each.template, utc(each.created_at), *values],
            )
    _number_subjects(connection)
    connection.execute("COMMIT")
