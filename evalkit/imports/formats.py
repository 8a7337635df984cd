"""The formats by name, and which of them a file is in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from evalkit.errors import EvalkitError, UnknownNameError, UsageError, did_you_mean
from evalkit.files.border import reason_of, told_as
from evalkit.files.reading import open_bytes
from evalkit.imports.checking import check_run
from evalkit.imports.imported import ImportedRun
from evalkit.imports.origin import message
from evalkit.imports.reading import read_bytes, refuse
from evalkit.imports.thinking import with_thinking_apart

#: Format name -> module with ``claims`` and ``read_run``.
FORMATS = {
    "deepeval": "evalkit.imports.deepeval",
    "helm": "evalkit.imports.helm",
    "inspect": "evalkit.imports.inspect_log",
    "lm-eval": "evalkit.imports.lm_eval",
    "openai-evals": "evalkit.imports.openai_evals",
    "promptfoo": "evalkit.imports.promptfoo",
}
AUTO = "auto"

_SUFFIXES = (".json", ".jsonl", ".eval")


class Format(Protocol):
    """What each module offers."""

    def claims(self, path: Path, head: Any) -> bool:
        """Whether a file is in this format: ``head`` is its JSON, the first line of it, or a zip's names."""
        ...

    def read_run(self, path: Path) -> ImportedRun:
        """Read it. Raises UsageError that names file and key."""
        ...


def open_format(name: str) -> Format:
    """The format of a name. Raises UnknownNameError with what is near it."""
    if name not in FORMATS:
        raise UnknownNameError(f"unknown format {name!r}", hint=did_you_mean(name, [*FORMATS, AUTO]))
    return cast(Format, import_module(FORMATS[name]))


def read_runs(name: str, path: Path) -> list[tuple[str, ImportedRun]]:
    """Every run in a file or folder, each with its format; a folder is searched for files of the format.

    Raises UsageError where there is none, and for the first file that cannot be read.
    """
    if name != AUTO:
        open_format(name)
    with told_as(UsageError, str(path), "cannot be read"):
        if not path.exists():
            refuse(path, "is not there")
        is_folder = path.is_dir()
        if not is_folder:
            open_bytes(path).close()  # a pipe would be waited for by whoever reads it
    if not is_folder:
        found = name if name != AUTO else _guess(path)
        if found is None:
            refuse(
                path,
                "is in no format that evalkit can read",
                "name the format: " + ", ".join(sorted(FORMATS)),
            )
        return [(found, _read(found, path))]
    names = [name] if name != AUTO else list(FORMATS)
    pairs = [(file, _guess(file, names)) for file in _files(path)]
    runs = [(found, _read(found, file)) for file, found in pairs if found is not None]
    if not runs:
        refuse(path, f"holds no file {'that evalkit can import' if name == AUTO else f'of {name}'}")
    return runs


def _read(name: str, path: Path) -> ImportedRun:
    """The run of one file. What a format did not foresee in a foreign file is refused, never a traceback."""
    try:
        run = open_format(name).read_run(path)
        check_run(run)
        return with_thinking_apart(run)
    except UsageError as error:
        error.where = error.where or str(path)
        raise
    except EvalkitError:
        raise
    except Exception as error:
        refuse(path, f"is not of the form that {name} writes: {message(reason_of(error))}")


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES and file.is_file())


def _guess(path: Path, names: list[str] | None = None) -> str | None:
    with told_as(UsageError, str(path), "cannot be read"):
        head = _head(path)
        if head is None:
            return None
        return next((name for name in names or FORMATS if open_format(name).claims(path, head)), None)


def _head(path: Path) -> Any:
    """The names in a zip, a whole JSON file, or the first line of another; None where it is none of these."""
    data = read_bytes(path)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    for text in (data.strip().partition(b"\n")[0], data):
        try:
            return json.loads(text)  # knows NaN, which some tools write
        except (ValueError, RecursionError, MemoryError):
            continue
    return None
