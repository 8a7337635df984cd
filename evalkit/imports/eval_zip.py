"""The members of an Inspect ``.eval`` file: a zip, its members deflated or (newer) packed by Zstandard."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit.errors import MissingExtraError
from evalkit.imports.reading import parse, read_bytes, refuse

_ZSTANDARD = 93
_HEADER = struct.Struct("<26xHH")


def read_log(path: Path) -> dict[str, Any]:
    """The log as its JSON form has it: the header with ``samples``. Raises UsageError."""
    data = read_bytes(path)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        refuse(path, "is no zip file, or was cut off")
    with archive:
        names = set(archive.namelist())
        if "header.json" not in names:
            refuse(path, "has no header.json: the run that wrote it did not come to its end")
        header = parse(_member(archive, data, "header.json", path), path, "header.json ")
        if not isinstance(header, dict):
            refuse(path, "header.json is not an object")
        return {**header, "samples": list(_samples(archive, data, path))}


def _samples(archive: zipfile.ZipFile, data: bytes, path: Path) -> Iterator[Any]:
    for name in archive.namelist():
        if name.startswith("samples/") and name.endswith(".json"):
            yield parse(_member(archive, data, name, path), path, f"{name} ")


def _member(archive: zipfile.ZipFile, data: bytes, name: str, path: Path) -> bytes:
    info = archive.getinfo(name)
    try:
        if info.compress_type != _ZSTANDARD or hasattr(zipfile, "ZIP_ZSTANDARD"):  # Python 3.14 unpacks both
            return archive.read(name)
        name_length, extra_length = _HEADER.unpack_from(data, info.header_offset)
        start = info.header_offset + _HEADER.size + name_length + extra_length
        return _unpack(data[start : start + info.compress_size], path)
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, NotImplementedError) as error:
        refuse(path, f"{name} is damaged: {error}")


def _unpack(packed: bytes, path: Path) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError(
            "the log is packed by Zstandard, which needs the package zstandard",
            where=str(path),
            mend="pip install 'pytest-evalkit[import]'",
        ) from None
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
            return reader.read()
    except zstandard.ZstdError as error:
        raise EOFError(str(error)) from None
