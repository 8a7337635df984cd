"""``--llm-data``: local files that stand in for datasets of the Hub."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.core.document import Document, read_documents
from evalkit.core.frozen import frozen
from evalkit.core.task import DatasetSpec
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.reshape import Reshape, open_reshape
from evalkit.errors import DatasetError, did_you_mean
from evalkit.files.border import reason_of, told_as
from evalkit.files.reading import read_text

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_KEYS = ("root", "datasets")


@frozen(slots=True)
class MirrorEntry:
    """One file of a mirror: what it stands in for, and how it is read.

    Attributes:
        reshape: turns the rows of the file into those of the dataset, or None.
    """

    path: str
    name: str | None
    split: str
    file: Path
    form: FileFormat
    reshape: Reshape | None = None

    @property
    def text(self) -> str:
        return "/".join(part for part in (self.path, self.name, self.split) if part)


@frozen
class Mirror:
    """What a ``mirror.yaml`` maps; nothing is read before a task asks for it.

    ::

        root: [${MY_DATA}, ../data]     # one folder or several: the first that exists counts
        datasets:
          - path: nyu-mll/glue          # as in load_dataset; a list names aliases
            name: sst2
            splits: {validation: SST-2/dev.tsv}   # or {validation: {file: …, options of FileFormat}}
            columns: {sentence: text_a, label: label, idx: idx}
            types: {label: int}         # … and the other options of FileFormat
            index: idx
          - path: aps/super_glue
            name: record
            splits: {validation: ReCoRD/dev.jsonl}
            unnest: qas                 # a row for each element of a list inside
            reshape: record.py:rows     # a function of your own over the rows, beside the yaml

    A split may be a list: its files stand one after the other, each with options of its own. ``root`` is
    relative to the yaml (its own folder by default); a candidate with an environment variable that is not
    set does not count. A folder without a ``mirror.yaml`` stands in for nothing.

    Attributes:
        folders: what ``--llm-data`` named, and the root: tasks may name files in these.
    """

    source: str
    entries: tuple[MirrorEntry, ...]
    folders: tuple[Path, ...] = ()

    @classmethod
    def open(cls, path: Path) -> Mirror:
        """Read a ``mirror.yaml``, or the one in a folder. Raises DatasetError with ``file:line``."""
        with told_as(DatasetError, str(path), "the mirror cannot be read"):
            if path.is_dir():
                if not (path / "mirror.yaml").exists():
                    return cls(f"{path / 'mirror.yaml'} is not there", (), (path,))
                path = path / "mirror.yaml"
            try:
                text = read_text(path)
            except (OSError, UnicodeDecodeError) as error:
                what = f"the mirror cannot be read: {reason_of(error)}"
                hint = "--llm-data takes a mirror.yaml, or a folder"
                raise DatasetError(what, where=str(path), hint=hint) from None
            documents = read_documents(text, str(path), DatasetError)
            if len(documents) != 1 or not isinstance(documents[0].value, dict):
                raise DatasetError(
                    "the mirror is not one mapping", where=str(path), hint="write root and datasets"
                )
            entries, root = _entries(documents[0], path.parent)
            return cls(str(path), tuple(entries), (path.parent, root))

    def find(self, spec: DatasetSpec) -> list[MirrorEntry]:
        """The files that stand in for a Hub dataset, in order, at least one.

        Raises DatasetError that says what the mirror has.
        """
        wanted = (spec.path, spec.name, spec.split)
        found = [entry for entry in self.entries if (entry.path, entry.name, entry.split) == wanted]
        if found:
            return found
        if not self.entries:
            hint = "write the mirror, or leave --llm-data out"
            raise DatasetError(f"dataset {spec.text} is not in the mirror", where=self.source, hint=hint)
        siblings = list(dict.fromkeys(entry.text for entry in self.entries if entry.path == spec.path))
        paths = {entry.path for entry in self.entries}
        held = ", ".join(text.removeprefix(f"{spec.path}/") for text in siblings)
        hint = f"of {spec.path} it has {held}" if siblings else did_you_mean(str(spec.path), paths)
        raise DatasetError(f"dataset {spec.text} is not in the mirror", where=self.source, hint=hint)


def _entries(document: Document, folder: Path) -> tuple[list[MirrorEntry], Path]:
    for key in document.value:
        if key not in _KEYS:
            where = document.where(key)
            raise DatasetError(f"unknown key {key!r} of a mirror", where=where, hint=did_you_mean(key, _KEYS))
    listed = document.value.get("datasets")
    if not isinstance(listed, list):
        raise DatasetError("the mirror lists no datasets", where=document.where("datasets"))
    root = _root(document, folder)
    return [entry for index in range(len(listed)) for entry in _expand(document, index, root)], root


def _root(document: Document, folder: Path) -> Path:
    given = document.value.get("root", ".")
    candidates = [str(each) for each in (given if isinstance(given, list) else [given])]
    for candidate in candidates:
        names = _VARIABLE.findall(candidate)
        if all(os.environ.get(name) for name in names):
            root = folder / Path(_VARIABLE.sub(lambda match: os.environ[match[1]], candidate)).expanduser()
            if root.is_dir():
                return Path(os.path.normpath(root))
    what = "no root folder of the mirror exists: " + ", ".join(candidates)
    raise DatasetError(what, where=document.where("root"), hint="put the data there, or set the variable")


def _expand(document: Document, index: int, root: Path) -> list[MirrorEntry]:
    """One item of ``datasets:`` -> an entry for each path and split."""
    where = document.where("datasets", index)
    value = document.value["datasets"][index]
    if not isinstance(value, dict) or not isinstance(value.get("splits"), dict) or "path" not in value:
        raise DatasetError(
            "an entry needs path and splits", where=where, hint="write 'path: …' and 'splits: {split: file}'"
        )
    options = {key: entry for key, entry in value.items() if key not in {"path", "name", "splits"}}
    paths = value["path"] if isinstance(value["path"], list) else [value["path"]]
    folder = Path(document.source).parent
    entries = []
    for split, given in value["splits"].items():
        at = document.where("datasets", index, "splits", split)
        for each in given if isinstance(given, list) else [given]:
            file, form, reshape = _file(each, options, folder, at)
            entries += [
                MirrorEntry(str(path), value.get("name"), split, root / file, form, reshape) for path in paths
            ]
    return entries


def _file(
    given: Any, options: Mapping[str, Any], folder: Path, where: str
) -> tuple[str, FileFormat, Reshape | None]:
    own = dict(given) if isinstance(given, dict) else {"file": given}
    file = own.pop("file", None)
    if not isinstance(file, str):
        raise DatasetError(f"split names no file: {given!r}", where=where, hint="write 'split: file'")
    own = {**options, **own}
    reshape = own.pop("reshape", None)
    function = open_reshape(reshape, folder, where) if reshape is not None else None
    return file, FileFormat.from_options(own, where), function
