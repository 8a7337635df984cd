"""Where a task file may point: it must not send any file of this machine to a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.files.border import reason_of


def inside(
    file: str, base: Path, roots: Sequence[Path] | None, error: type[EvalkitError], where: str
) -> Path:
    """The path of ``file``, which stands in a file of the folder ``base``.

    Args:
        file: as it is written, relative to ``base`` or absolute.
        roots: folders that may be read beside ``base``; None for a caller that may read anything.
        error: what is raised, at ``where``, on a path that leads out of all of them, symlinks followed.
    """
    try:
        path = base / file
        if roots is None:
            return path
        real = path.resolve()
        allowed = any(real.is_relative_to(root.resolve()) for root in (base, *roots))
    except (OSError, ValueError, RuntimeError) as problem:
        raise error(f"path {file!r} cannot be used: {reason_of(problem)}", where=where) from None
    if not allowed:
        what = f"{file!r} leads out of the project, to {real}"
        hint = f"move the file into the project, or allow its folder with --llm-data={real.parent}"
        raise error(what, where=where, hint=hint)
    return path
