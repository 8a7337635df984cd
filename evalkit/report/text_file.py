"""A text on disk, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from evalkit.errors import UsageError


def write_text(text: str, path: Path) -> Path:
    """Put ``text`` at ``path`` by renaming, so that a reader sees the old file or the new one.

    Raises UsageError when the folder cannot be made or written; results in the store are not touched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate cannot be encoded; as a reference the browser shows U+FFFD in its place.
        content = text.encode("utf-8", "xmlcharrefreplace")
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
        ) as file:
            temporary = file.name
            file.write(content)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise UsageError(
            f"the report cannot be written: {error.strerror or error}",
            where=str(path),
            hint="give another path with --llm-report=PATH; the results are in the store",
        ) from None
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
