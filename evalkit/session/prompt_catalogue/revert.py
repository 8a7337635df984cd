"""An earlier text, back in the file of its prompt."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from evalkit.errors import UsageError
from evalkit.files.border import reason_of
from evalkit.session.prompt_catalogue.catalogue import Catalogue
from evalkit.store.prompts import StoredPrompt


def revert(catalogue: Catalogue, version: StoredPrompt, *, is_forced: bool = False) -> Path:
    """Write the text of a version into the prompt's file, whole or not at all; git is left to its user.

    Raises UsageError where the prompt has no file, the file cannot be written, or holds what was never
    committed and would be lost; ``is_forced`` writes over that.
    """
    path = catalogue.file
    if path is None:
        hint = "name it with --file=PATH"
        raise UsageError(f"no file of this project is the prompt {catalogue.name!r}", hint=hint)
    path = path.resolve()
    if path.exists() and not is_forced:
        _refuse_loss(catalogue, path)
    _write(version.template, path)
    return path


def _refuse_loss(catalogue: Catalogue, path: Path) -> None:
    repository = catalogue.repository
    if repository is None or repository.name_of(path) is None:
        hint = "put it under git, or write over it with --force"
        raise UsageError(
            "the file is in no git repository, its text would be lost", where=str(path), hint=hint
        )
    if repository.has_changes(path):
        hint = "commit them, or write over them with --force"
        raise UsageError("the file has changes that were not committed", where=str(path), hint=hint)


def _write(text: str, path: Path) -> None:
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            draft = file.name
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode if mode is not None else 0o644)
        os.replace(draft, path)
    except OSError as error:
        if draft is not None:
            with contextlib.suppress(OSError):
                os.unlink(draft)
        raise UsageError(f"cannot be written: {reason_of(error)}", where=str(path)) from None
