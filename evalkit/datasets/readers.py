"""One reader for each file format: a file -> its rows with the place that each stands at."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from evalkit.core.document import read_documents
from evalkit.datasets.bigbench import read_bigbench
from evalkit.datasets.captions import read_coco_captions, read_flickr_captions, read_json
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.oddities import oddity_of
from evalkit.datasets.parquet import read_parquet
from evalkit.errors import DatasetError, EvalkitError
from evalkit.files.border import reason_of
from evalkit.files.reading import open_text, read_bytes

#: Where a row stands (``file:line``) and the row, or a text that says how it is broken.
Placed = tuple[str, Mapping[str, Any] | str]


def read_rows(path: Path, form: FileFormat) -> Iterator[Placed]:
    """Rows of a file, ``.gz`` unpacked. Raises DatasetError when the file as a whole cannot be read, whatever
    it holds; a row that no later part could handle comes as a broken one."""
    reader = _READERS[form.name_for(path)]
    last = None
    try:
        for last, row in reader(path, form):
            yield last, row if isinstance(row, str) else oddity_of(row) or row
    except EvalkitError:
        raise
    except FileNotFoundError:
        raise DatasetError("there is no such data file", where=str(path), hint="check the path") from None
    except UnicodeError as error:
        hint = "name the file's encoding with 'encoding: …'"
        what = f"the file is not {form.encoding}: {reason_of(error)}"
        raise DatasetError(what, where=_undecodable(path, form), hint=hint) from None
    except Exception as error:
        what = f"the file cannot be read{' after this row' if last else ''}: {reason_of(error)}"
        raise DatasetError(what, where=last or str(path)) from None


def _undecodable(path: Path, form: FileFormat) -> str:
    """``file:line`` of the first bytes that are not in the file's encoding, where that can be told."""
    try:
        data = read_bytes(path)
        data.decode(form.encoding)
    except UnicodeDecodeError as error:
        return f"{path}:{data.count(10, 0, error.start) + 1}"
    except (OSError, UnicodeError, MemoryError):
        pass
    return str(path)


def _open(path: Path, form: FileFormat, newline: str | None = None) -> IO[str]:
    encoding = "utf-8-sig" if form.encoding.lower() in {"utf-8", "utf8"} else form.encoding
    return open_text(path, encoding, newline)


def _delimited(path: Path, form: FileFormat) -> Iterator[Placed]:
    is_tsv = form.name_for(path) == "tsv"
    quoting = form.quoting or ("none" if is_tsv else "standard")
    csv.field_size_limit(sys.maxsize)
    with _open(path, form, newline="") as stream:
        lines = csv.reader(
            stream,
            delimiter=form.delimiter or ("\t" if is_tsv else ","),
            quoting=csv.QUOTE_NONE if quoting == "none" else csv.QUOTE_MINIMAL,
            strict=True,
        )
        try:
            yield from _named(lines, path, form)
        except csv.Error as error:
            hint = "if quotes are plain text here, add 'quoting: none'"
            raise DatasetError(str(error), where=f"{path}:{lines.line_num}", hint=hint) from None


def _named(lines: Any, path: Path, form: FileFormat) -> Iterator[Placed]:
    names = next(lines, []) if form.has_header else list(form.column_names or ())
    if len(set(names)) < len(names):
        raise DatasetError(f"a column name appears twice in {names}", where=f"{path}:1")
    for cells in lines:
        if not cells:
            continue
        at = f"{path}:{lines.line_num}"
        if len(cells) != len(names):
            yield at, f"the row has {len(cells)} columns, not {len(names)}"
        else:
            yield at, dict(zip(names, cells, strict=True))


def _jsonl(path: Path, form: FileFormat) -> Iterator[Placed]:
    with _open(path, form) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            at = f"{path}:{number}"
            try:
                yield at, _object(json.loads(line))
            except json.JSONDecodeError as error:
                yield at, f"the line is not JSON: {error.msg} at column {error.colno}"
            except (ValueError, RecursionError) as error:
                yield at, f"the line cannot be read: {reason_of(error)}"


def _json(path: Path, form: FileFormat) -> Iterator[Placed]:
    with _open(path, form) as stream:
        value = read_json(stream, str(path))
    for number, row in enumerate(_listed(value, path, form)):
        yield f"{path}, row {number}", _object(row)


def _yaml(path: Path, form: FileFormat) -> Iterator[Placed]:
    with _open(path, form) as stream:
        documents = read_documents(stream.read(), str(path), DatasetError)
    for document in documents[:1]:
        prefix = (form.field,) if form.field else ()
        for number, row in enumerate(_listed(document.value, path, form)):
            yield document.where(*prefix, number), _object(row)


def _coco_captions(path: Path, form: FileFormat) -> Iterator[Placed]:
    with _open(path, form) as stream:
        yield from read_coco_captions(stream, str(path))


def _flickr_captions(path: Path, form: FileFormat) -> Iterator[Placed]:
    with _open(path, form) as stream:
        yield from read_flickr_captions(stream, str(path))


def _qrels(path: Path, form: FileFormat) -> Iterator[Placed]:
    """TREC judgements, a document on each line -> a query in each row; ``relevant``: document to grade."""
    queries: dict[str, dict[str, float]] = {}
    places: dict[str, str] = {}
    with _open(path, form) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            at = f"{path}:{number}"
            try:
                query, *_, document, grade = cells = line.split()
                if len(cells) not in (3, 4) or not math.isfinite(float(grade)):
                    raise ValueError
                grades = queries.setdefault(query, {})
                if document in grades:
                    yield at, f"document {document} of query {query} is judged twice"
                    continue
                grades[document] = float(grade)
            except ValueError:
                yield at, "the line is not 'query iteration document grade'"
                continue
            places.setdefault(query, at)
    for query, at in places.items():
        yield at, {"id": query, "relevant": queries[query]}


def _object(row: Any) -> Mapping[str, Any] | str:
    return row if isinstance(row, dict) else f"the row is {type(row).__name__}, not an object with fields"


def _listed(value: Any, path: Path, form: FileFormat) -> list[Any]:
    """The list of rows: the file's own value, or the list under ``field``."""
    if form.field is not None and isinstance(value, dict) and form.field in value:
        value = value[form.field]
    elif form.field is not None:
        raise DatasetError(f"there is no field {form.field!r}", where=str(path), hint=_lists_of(value))
    if not isinstance(value, list):
        what = f"the file holds a {type(value).__name__}, not a list of rows"
        raise DatasetError(what, where=str(path), hint=_lists_of(value))
    return value


def _lists_of(value: Any) -> str | None:
    lists = (
        [key for key, entry in value.items() if isinstance(entry, list)] if isinstance(value, dict) else []
    )
    return f"add 'field: {lists[0]}'" if lists else None


_READERS: dict[str, Callable[[Path, FileFormat], Iterator[Placed]]] = {
    "coco_captions": _coco_captions,
    "bigbench": read_bigbench,
    "csv": _delimited,
    "flickr_captions": _flickr_captions,
    "json": _json,
    "jsonl": _jsonl,
    "parquet": read_parquet,
    "qrels": _qrels,
    "tsv": _delimited,
    "yaml": _yaml,
}
