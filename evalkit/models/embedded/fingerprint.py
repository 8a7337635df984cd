"""What exactly a file holds, found out once for each size and time of change."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path

from evalkit.downloads.cache_dir import cache_dir


def file_revision(path: Path) -> str:
    """``sha256:`` and the first 16 hex digits of the file's SHA-256."""
    stat = path.stat()
    key = sha256(f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:32]
    note = cache_dir() / "fingerprints" / key
    with suppress(OSError):
        return note.read_text()
    with path.open("rb") as file:
        revision = f"sha256:{file_digest(file, 'sha256').hexdigest()[:16]}"
    with suppress(OSError):  # a cache that cannot be written only costs time
        note.parent.mkdir(parents=True, exist_ok=True)
        draft = note.with_suffix(f".{os.getpid()}")
        draft.write_text(revision)
        draft.replace(note)
    return revision
