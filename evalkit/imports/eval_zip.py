"""The members of an Inspect ``.eval`` file: a zip, its members deflated or (newer) packed by Zstandard."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit.errors import MissingExtraError, UsageError
from evalkit.files.border import reason_of
from evalkit.files.reading import most_inflated, read_at_most
from evalkit.imports.reading import parse, read_bytes, refuse

_ZSTANDARD = 93
_HEADER = struct.Struct("<26xHH")


def read_log(path: Path) -> dict[str, Any]:
    """The log as its JSON form has it: the header with ``samples``. Raises UsageError."""
    data = read_bytes(path)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:
        known = isinstance(error, zipfile.BadZipFile)
        refuse(path, "is not a zip file, or was cut off" if known else f"cannot be read: {reason_of(error)}")
    with archive:
        names = set(archive.namelist())
        if "header.json" not in names:
            refuse(path, "has no header.json: the run that wrote it did not come to its end")
        members = _Members(archive, data, path)
        header = parse(members.read("header.json"), path, "header.json ")
        if not isinstance(header, dict):
            refuse(path, "header.json is not an object")
        return {**header, "samples": list(_samples(members, path))}


def _samples(members: _Members, path: Path) -> Iterator[Any]:
    for name in members.archive.namelist():
        if name.startswith("samples/") and name.endswith(".json"):
            yield parse(members.read(name), path, f"{name} ")


class _Members:
    """The members of one log, unpacked one by one; all of them together have one bound."""

    def __init__(self, archive: zipfile.ZipFile, data: bytes, path: Path) -> None:
        self.archive = archive
        self._data = data
        self._path = path
        self._left = most_inflated(len(data))

    def read(self, name: str) -> bytes:
        """Raises UsageError that names the member."""
        try:
            content = self._unpacked(name)
        except (MissingExtraError, UsageError):
            raise
        except Exception as error:  # of zipfile, zlib and others: damaged, encrypted, too large
            refuse(self._path, f"{name} cannot be unpacked: {reason_of(error)}")
        self._left -= len(content)
        return content

    def _unpacked(self, name: str) -> bytes:
        info = self.archive.getinfo(name)
        if info.flag_bits & 1:
            refuse(self._path, f"{name} is encrypted", "unpack it and pack it again without a password")
        # Python 3.14 unpacks both.
        if info.compress_type != _ZSTANDARD or hasattr(zipfile, "ZIP_ZSTANDARD"):
            with self.archive.open(info) as stream:
                return read_at_most(stream, self._left)
        name_length, extra_length = _HEADER.unpack_from(self._data, info.header_offset)
        start = info.header_offset + _HEADER.size + name_length + extra_length
        return _unpack(self._data[start : start + info.compress_size], self._path, self._left)


def _unpack(packed: bytes, path: Path, most: int) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError(
            "the log is packed by Zstandard, which needs the package zstandard",
            where=str(path),
            hint="pip install 'pytest-evalkit[import]'",
        ) from None
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
        return read_at_most(reader, most)
