"""A DatasetSpec -> rows, wherever they come from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.core.task import DatasetSpec
from evalkit.core.text import inert
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.oddities import oddity_of
from evalkit.datasets.package import packaged_file
from evalkit.datasets.readers import read_rows
from evalkit.errors import DatasetError
from evalkit.files.border import reason_of
from evalkit.files.reading import read_text
from evalkit.files.roots import inside

if TYPE_CHECKING:
    from evalkit.datasets.mirror import Mirror


class DatasetWarning(UserWarning):
    """Rows were left out of a dataset, because its options allow it."""


def load_rows(
    spec: DatasetSpec,
    *,
    base_dir: Path,
    mirror: Mirror | None = None,
    is_offline: bool = False,
    roots: Sequence[Path] | None = None,
) -> list[dict[str, Any]]:
    """All rows of a dataset, in order.

    Inline rows and files (relative to ``base_dir``) are read as they are. A Hub path is read from the
    mirror when there is one, else from the file of an installed package that its option ``package`` names,
    else with ``datasets.load_dataset``: offline, from its cache alone.

    Args:
        roots: folders that files may lie in beside ``base_dir`` and those of the mirror; None for a dataset
            that trusted code names, which may lie anywhere.

    Raises DatasetError (with ``file:line`` where a row is broken) and MissingExtraError. Warns with
    DatasetWarning when ``skip_broken`` left rows out.
    """
    if spec.rows is not None:
        rows = [dict(row) for row in spec.rows]
    elif spec.file is not None:
        allowed = None if roots is None else [*roots, *(mirror.folders if mirror else ())]
        rows = _from_file(spec, base_dir, allowed)
    elif mirror is not None:
        rows = _from_mirror(mirror, spec)
    elif (packaged := _packaged(spec)) is not None:
        rows = load_file(packaged, FileFormat())
    else:
        from evalkit.datasets.hub import load_from_hub

        rows = load_from_hub(spec, is_offline=is_offline, is_trusted=roots is None)
    if not rows:
        raise DatasetError(f"dataset {spec.text} is empty", hint="give at least one row")
    return rows


def _from_file(spec: DatasetSpec, base_dir: Path, roots: Sequence[Path] | None) -> list[dict[str, Any]]:
    assert spec.file is not None
    where = f"dataset {spec.file}"
    options = {**spec.options, "format": spec.format} if spec.format else spec.options
    form = FileFormat.from_options(options, where)
    path = inside(spec.file, base_dir, roots, DatasetError, where)
    for text in form.texts.values():
        inside(str(text), path.parent, roots, DatasetError, f"{where}: texts")
    return load_file(path, form)


def _packaged(spec: DatasetSpec) -> Path | None:
    name = spec.options.get("package")
    return packaged_file(name) if isinstance(name, str) else None


def _from_mirror(mirror: Mirror, spec: DatasetSpec) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for entry in mirror.find(spec):
        part = load_file(entry.file, entry.form)
        rows += entry.reshape(part) if entry.reshape else part
    return rows


def load_file(path: Path, form: FileFormat) -> list[dict[str, Any]]:
    """All rows of one file in the columns that ``form`` asks for. Raises DatasetError, warns as above."""
    texts = {name: _text(path.parent, str(file), form) for name, file in form.texts.items()}
    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    for number, (where, row) in enumerate(read_rows(path, form)):
        problem = row if isinstance(row, str) else None
        if not isinstance(row, str):
            try:
                shaped = form.shape(row, number)
                problem = next(filter(None, map(oddity_of, shaped)), None) if form.types else None
                rows += [] if problem else [{**each, **texts} for each in shaped]
            except ValueError as error:
                problem = str(error)
            except Exception as error:
                problem = f"the row cannot be brought into its columns: {reason_of(error)}"
        if problem and not form.skip_broken:
            hint = "fix the row, or leave such rows out with 'skip_broken: true'"
            raise DatasetError(problem, where=where, hint=hint)
        if problem:
            broken.append(f"{where}: {problem}")
    if broken:
        text = f"{len(broken)} of {len(rows) + len(broken)} rows left out as broken, first {broken[0]}"
        warnings.warn(inert(text), DatasetWarning, stacklevel=3)
    return rows


def _text(folder: Path, file: str, form: FileFormat) -> str:
    path = folder / file
    try:
        return read_text(path, form.encoding)
    except Exception as error:
        reason = f"it is not {form.encoding}" if isinstance(error, UnicodeDecodeError) else reason_of(error)
        what = f"a text file of the dataset cannot be read: {reason}"
        raise DatasetError(what, where=str(path), hint="check 'texts:'") from None
