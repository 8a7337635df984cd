"""How a data file is read, and how its columns become the columns that a task expects."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from dataclasses import field as default
from pathlib import PurePath
from typing import Any

from evalkit.core.text import seen, shown
from evalkit.datasets.nesting import ColumnSource, column_of, unnested
from evalkit.errors import DatasetError, did_you_mean

FORMATS = (
    "bigbench",
    "coco_captions",
    "csv",
    "flickr_captions",
    "json",
    "jsonl",
    "parquet",
    "qrels",
    "tsv",
    "yaml",
)
_BY_SUFFIX = {
    **{f".{name}": name for name in FORMATS if name != "bigbench" and "_" not in name},
    ".ndjson": "jsonl",
    ".yml": "yaml",
}
_TYPES: dict[str, Callable[[Any], Any]] = {"float": float, "int": int, "json": json.loads, "str": str}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The options of a task's ``dataset: {file: …}`` and of a mirror's entries.

    Attributes:
        format: one of FORMATS; by the file's suffix where it is not given (``.gz`` on top is fine).
            ``coco_captions`` and ``flickr_captions`` make one row of all captions of an image.
        encoding: a byte order mark is dropped in any case.
        delimiter: of csv and tsv; default ``,`` and a tab.
        quoting: ``standard`` (RFC 4180, default for csv) or ``none`` (quotes are text, default for tsv).
        has_header: whether the first row names the columns.
        column_names: the file's columns in order where no row names them.
        field: key of the list of rows where a JSON or YAML file is one object.
        unnest: path of a list inside each row; every element of it gives a row (see ``nesting.unnested``).
        constants: further columns of the file that are alike in all rows.
        columns: which columns a row has, in order: a list, or new name to the file's own. A nested one is
            named by its path (``passage.text``); a list or a mapping of names makes a list or an object.
        types: column to ``int``, ``float``, ``str`` or ``json``; csv and tsv give texts otherwise.
        labels: column to its class names in the order of their numbers; texts become numbers.
        index: name of a column that gets the row's number in the file, from 0.
        texts: column to a text file (relative to the data file's folder) whose whole content every row gets
            under that name: a prompt that belongs to the data and must not be copied out of it.
        shots, seed: of bigbench: how many solved examples stand before each input, and what draws them.
        skip_broken: leave broken rows out, with a warning that counts them; without it one is an error.
    """

    format: str | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    quoting: str | None = None
    has_header: bool = True
    column_names: tuple[str, ...] | None = None
    field: str | None = None
    unnest: str | None = None
    constants: Mapping[str, Any] = default(default_factory=dict)
    columns: Mapping[str, ColumnSource] | None = None
    types: Mapping[str, str] = default(default_factory=dict)
    labels: Mapping[str, Mapping[str, int]] = default(default_factory=dict)
    index: str | None = None
    texts: Mapping[str, str] = default(default_factory=dict)
    shots: int = 0
    seed: int = 42
    skip_broken: bool = False

    @classmethod
    def from_options(cls, options: Mapping[str, Any], where: str) -> FileFormat:
        """Read options as YAML gives them; raises DatasetError at ``where`` on an unknown or wrong one."""
        known = [each.name for each in fields(cls)]
        values = dict(options)
        for key in values:
            if key not in known:
                hint = did_you_mean(key, known)
                raise DatasetError(f"unknown option {key!r} of a data file", where=where, hint=hint)
        for key, (kinds, kind) in _KINDS.items():
            if key in values and not isinstance(values[key], kinds):
                raise DatasetError(f"option {key} {seen(values[key])} is not {kind}", where=where)
        for name, given in values.get("labels", {}).items():
            if not isinstance(given, Mapping | list | tuple):
                raise DatasetError(
                    f"option labels of {name!r} {seen(given)} is no list of names", where=where
                )
        if "column_names" in values:
            values |= {"column_names": tuple(map(str, values["column_names"])), "has_header": False}
        if isinstance(values.get("columns"), list):
            values["columns"] = {str(name): str(name) for name in values["columns"]}
        labels = values.get("labels", {})
        values["labels"] = {name: _numbers(name, given, where) for name, given in labels.items()}
        made = cls(**values)
        made._check(where)
        return made

    def _check(self, where: str) -> None:
        _expect(self.format, (None, *FORMATS), "format", where)
        _expect(self.quoting, (None, "none", "standard"), "quoting", where)
        _check_encoding(self.encoding, where)
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '\0\r\n"'):
            what = f"option delimiter {self.delimiter!r} is not one character that can separate columns"
            raise DatasetError(what, where=where)
        if self.shots < 0:
            raise DatasetError(f"option shots {self.shots} is negative", where=where)
        if not 0 <= self.seed < 2**32:
            raise DatasetError("option seed is not in 0..2^32 - 1", where=where)
        for name, source in (self.columns or {}).items():
            if not _is_source(source):
                what = f"option columns: {name} is neither a column's name nor a list or mapping of such"
                raise DatasetError(what, where=where)
        for kind in self.types.values():
            _expect(kind, tuple(_TYPES), "types", where)
        if not self.has_header and not self.column_names:
            raise DatasetError(
                "has_header is false and nothing names the columns", where=where, hint="add column_names: […]"
            )

    def name_for(self, path: PurePath) -> str:
        """The format of a file. Raises DatasetError when neither option nor suffix tells."""
        suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
        name = self.format or (_BY_SUFFIX.get(suffixes[-1]) if suffixes else None)
        if name is None:
            hint = "add 'format: …', one of " + ", ".join(FORMATS)
            raise DatasetError("the suffix does not tell the format", where=str(path), hint=hint)
        return name

    def shape(self, row: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
        """One row of the file -> its rows of the dataset. Raises ValueError that says what is wrong."""
        given = {**row, **self.constants}
        if self.index:
            given[self.index] = number
        return [self._shaped(each) for each in (unnested(given, self.unnest) if self.unnest else [given])]

    def _shaped(self, given: Mapping[str, Any]) -> dict[str, Any]:
        columns = self.columns if self.columns is not None else {name: name for name in given}
        return {name: self._value(name, column_of(given, source)) for name, source in columns.items()}

    def _value(self, name: str, value: Any) -> Any:
        labels, kind = self.labels.get(name), self.types.get(name)
        if labels is not None:
            if str(value) not in labels:
                raise ValueError(f"{name} {shown(value)} is none of {', '.join(labels)}")
            return labels[str(value)]
        if kind is None or value is None:
            return value
        try:
            return _TYPES[kind](value)
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise ValueError(f"{name} {shown(value)} is not {kind}") from None


_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    **dict.fromkeys(
        ("format", "encoding", "delimiter", "quoting", "field", "unnest", "index"), (str, "a text")
    ),
    **dict.fromkeys(("has_header", "skip_broken"), (bool, "true or false")),
    **dict.fromkeys(("types", "labels", "constants", "texts"), (dict, "a mapping of columns")),
    **dict.fromkeys(("shots", "seed"), (int, "a whole number")),
    "column_names": ((list, tuple), "a list of names"),
    "columns": ((list, dict), "a list of names or a mapping of new to old ones"),
}


def _numbers(column: Any, given: Any, where: str) -> dict[str, int]:
    if not isinstance(given, Mapping | list | tuple):
        raise DatasetError(f"option labels: {column} is not a list of class names", where=where)
    return dict(given) if isinstance(given, Mapping) else {str(name): i for i, name in enumerate(given)}


def _is_source(source: Any) -> bool:
    """Whether a column can be made of it: a path, a list of such, or a mapping of names to such."""
    if isinstance(source, Mapping | list):
        return all(map(_is_source, source.values() if isinstance(source, Mapping) else source))
    return isinstance(source, str)


def _check_encoding(encoding: str, where: str) -> None:
    try:
        is_known = codecs.lookup(encoding)._is_text_encoding
    except (LookupError, ValueError):
        is_known = False
    if not is_known:
        raise DatasetError(f"unknown encoding: {encoding!r}", where=where, hint="such as utf-8 or latin-1")


def _expect(value: Any, known: tuple[Any, ...], option: str, where: str) -> None:
    if value not in known:
        hint = did_you_mean(seen(value), filter(None, known))
        raise DatasetError(f"option {option} {seen(value)} is unknown", where=where, hint=hint)
