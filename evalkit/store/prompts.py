"""Reading ``prompts``."""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.store.connection import Connection


@frozen(slots=True)
class StoredPrompt:
    """A row of ``prompts``; ``created_at`` is seconds since the epoch."""

    prompt: str
    version: str | None
    prompt_hash: str
    template: str
    created_at: float
    message: str | None


def stored(connection: Connection, name: str | None) -> list[StoredPrompt]:
    rows = connection.execute(
        """SELECT prompt, version, prompt_hash, template, epoch_us(created_at) / 1e6, message
           FROM prompts WHERE ?::VARCHAR IS NULL OR prompt = ? ORDER BY created_at, rowid""",
        [name, name],
    ).fetchall()
    return [StoredPrompt(*row) for row in rows]


def text_of(connection: Connection, prompt_hash: str) -> str | None:
    row = connection.execute(
        "SELECT template FROM prompts WHERE prompt_hash = ? ORDER BY rowid LIMIT 1", [prompt_hash]
    ).fetchone()
    return str(row[0]) if row else None
