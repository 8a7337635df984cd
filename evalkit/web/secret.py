"""A secret that outlives a server: links that it printed open the next one too."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path

from evalkit.errors import StoreError

_N_BYTES = 32


def kept_secret(path: Path, use: str) -> bytes | None:
    """32 bytes for one ``use``, made of a random number in a file that its owner alone may read.

    The file is made where there is none, and made anew where others may read it or it holds something else:
    all links are new then, as they are for whoever deletes it. None where the file system keeps nothing from
    others. Raises StoreError where it cannot be written.
    """
    try:
        secret = _read(path) or _made(path)
    except OSError as error:
        hint = "make the folder of the store writable, or delete the file"
        raise StoreError(f"cannot be used: {error.strerror}", where=str(path), hint=hint) from None
    return None if secret is None else hmac.digest(secret, use.encode("utf-8", "replace"), "sha256")


def _read(path: Path) -> bytes | None:
    """What the file holds, where it is a secret."""
    try:
        with path.open("rb") as file:
            is_shared = os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077
            found = file.read(_N_BYTES + 1)
    except FileNotFoundError:
        return None
    if not is_shared and len(found) == _N_BYTES:
        return found
    path.unlink()
    return None


def _made(path: Path) -> bytes | None:
    """Whole or not at all; where another process was first, that one's."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_N_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _move(Path(draft), path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return _read(path)


def _move(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        draft.replace(path)
