"""How a data file is read, and how its columns become the columns that a task expects."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import field as default
from pathlib import PurePath
from typing import Annotated, Any, Literal, get_args

from evalkit.core.fitting import Bounds
from evalkit.core.forms import Written, as_list, as_mapping, read_fields
from evalkit.core.frozen import frozen
from evalkit.core.text import seen, shown
from evalkit.datasets.nesting import ColumnSource, column_of, unnested
from evalkit.errors import DatasetError, TaskError, did_you_mean

Format = Literal[
    "bigbench", "coco_captions", "csv", "flickr_captions", "json", "jsonl", "parquet", "qrels", "tsv", "yaml"
]
FORMATS: tuple[Format, ...] = get_args(Format)
_BY_SUFFIX = {
    **{f".{name}": name for name in FORMATS if name != "bigbench" and "_" not in name},
    ".ndjson": "jsonl",
    ".yml": "yaml",
}
_TYPES: dict[str, Callable[[Any], Any]] = {"float": float, "int": int, "json": json.loads, "str": str}


def _encoding(value: Any, key: str) -> str:
    try:
        if codecs.lookup(value)._is_text_encoding:
            return str(value)
    except (LookupError, TypeError, ValueError):
        pass
    raise TaskError(f"option encoding {seen(value)} is unknown", key=key, hint="such as utf-8 or latin-1")


def _delimiter(value: Any, key: str) -> str | None:
    if value is None or (isinstance(value, str) and len(value) == 1 and value not in '\0\r\n"'):
        return value
    what = f"option delimiter {seen(value)} is not one character that can separate columns"
    raise TaskError(what, key=key)


def _column_names(value: Any, key: str) -> tuple[str, ...] | None:
    return None if value is None else tuple(map(str, as_list(value, key)))


def _columns(value: Any, key: str) -> Mapping[str, ColumnSource] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return {str(name): str(name) for name in value}
    for name, source in as_mapping(value, key).items():
        if not _is_source(source):
            what = f"option columns: {name} is neither a column's name nor a list or mapping of such"
            raise TaskError(what, key=f"{key}.{name}")
    return value  # type: ignore[no-any-return]


def _is_source(source: Any) -> bool:
    """Whether a column can be made of it: a path, a list of such, or a mapping of names to such."""
    if isinstance(source, Mapping | list):
        return all(map(_is_source, source.values() if isinstance(source, Mapping) else source))
    return isinstance(source, str)


def _types(value: Any, key: str) -> Mapping[str, str]:
    for name, kind in as_mapping(value, key).items():
        if not isinstance(kind, str) or kind not in _TYPES:
            hint = did_you_mean(seen(kind), _TYPES)
            raise TaskError(f"option types {seen(kind)} is unknown", key=f"{key}.{name}", hint=hint)
    return value  # type: ignore[no-any-return]


def _labels(value: Any, key: str) -> Mapping[str, Mapping[str, int]]:
    return {name: _numbers(name, given, key) for name, given in as_mapping(value, key).items()}


def _numbers(column: Any, given: Any, key: str) -> dict[str, int]:
    if not isinstance(given, Mapping | list | tuple):
        what = f"option labels of {column!r} {seen(given)} is not a list of names"
        raise TaskError(what, key=f"{key}.{column}")
    return dict(given) if isinstance(given, Mapping) else {str(name): i for i, name in enumerate(given)}


_TEXT_MAP = {"type": "object", "additionalProperties": {"type": "string"}}
_NAMES = {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
_SOURCE = {"type": ["string", "array", "object"]}
_ENCODING = Written(_encoding, {"type": "string"})
_DELIMITER = Written(
    _delimiter, {"type": ["string", "null"], "minLength": 1, "maxLength": 1, "pattern": r'^[^\0\r\n"]$'}
)
_COLUMN_NAMES = Written(_column_names, {"anyOf": [_NAMES, {"type": "null"}]})
_COLUMNS = Written(
    _columns, {"anyOf": [_NAMES, {"type": "object", "additionalProperties": _SOURCE}, {"type": "null"}]}
)
_TYPES_FORM = Written(_types, {"type": "object", "additionalProperties": {"enum": list(_TYPES)}})
_LABELS = Written(_labels, {"type": "object", "additionalProperties": {"type": ["array", "object"]}})
_TEXTS = Written(as_mapping, _TEXT_MAP)


@frozen(slots=True)
class FileFormat:
    """The options of a task's ``dataset: {file: …}`` and of a mirror's entries.

    Attributes:
        format: format of the file; by default from its suffix, ``.gz`` aside. ``coco_captions`` and
            ``flickr_captions`` make one row of all captions of an image.
        encoding: encoding of the file; a byte order mark is always dropped.
        delimiter: delimiter of csv and tsv; by default ``,`` and a tab.
        quoting: ``standard`` (RFC 4180, default for csv) or ``none`` (quotes are text, default for tsv).
        has_header: whether the first row names the columns.
        column_names: the file's columns in order, if no row names them.
        field: key of the list of rows, if a JSON or YAML file is one object.
        unnest: path of a list inside each row; every element of it gives a row.
        constants: further columns, with the same value in all rows.
        columns: the columns of a row, in order: a list, or new name -> the file's own. A nested one is
            named by its path (``passage.text``); a list or a mapping of names makes a list or an object.
        types: column -> ``int``, ``float``, ``str`` or ``json``; values of csv and tsv are otherwise text.
        labels: column -> its class names in the order of their numbers; texts become numbers.
        index: name of a column that gets the row's number in the file, from 0.
        texts: column -> a text file (relative to the data file's folder) whose whole content every row gets
            under that name: a prompt that belongs to the data and must not be copied out of it.
        shots, seed: for bigbench: the number of solved examples before each input, and the seed of the draw.
        skip_broken: leave broken rows out, with a warning that counts them; by default one is an error.
    """

    format: Format | None = None
    encoding: Annotated[str, _ENCODING] = "utf-8"
    delimiter: Annotated[str | None, _DELIMITER] = None
    quoting: Literal["none", "standard"] | None = None
    has_header: bool = True
    column_names: Annotated[tuple[str, ...] | None, _COLUMN_NAMES] = None
    field: str | None = None
    unnest: str | None = None
    constants: Mapping[str, Any] = default(default_factory=dict)
    columns: Annotated[Mapping[str, ColumnSource] | None, _COLUMNS] = None
    types: Annotated[Mapping[str, str], _TYPES_FORM] = default(default_factory=dict)
    labels: Annotated[Mapping[str, Mapping[str, int]], _LABELS] = default(default_factory=dict)
    index: str | None = None
    texts: Annotated[Mapping[str, str], _TEXTS] = default(default_factory=dict)
    shots: Annotated[int, Bounds(at_least=0)] = 0
    seed: Annotated[int, Bounds(at_least=0, below=2**32, words="a whole number in 0..2^32 - 1")] = 42
    skip_broken: bool = False

    @classmethod
    def from_options(cls, options: Mapping[str, Any], where: str) -> FileFormat:
        """Read options as YAML gives them; raises DatasetError at ``where`` on an unknown or wrong one."""
        try:
            values = read_fields(cls, options, "option", "a data file")
        except TaskError as error:
            raise DatasetError(error.what, where=where, hint=error.hint) from None
        if values.get("column_names") is not None:
            values["has_header"] = False
        made = cls(**values)
        if not made.has_header and not made.column_names:
            raise DatasetError(
                "has_header is false and nothing names the columns", where=where, hint="add column_names: […]"
            )
        return made

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

    def _shaped(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.columns is not None:
            given = {name: column_of(given, source) for name, source in self.columns.items()}
        if not self.labels and not self.types:
            return given
        return {name: self._value(name, value) for name, value in given.items()}

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
