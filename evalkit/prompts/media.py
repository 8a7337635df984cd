"""Images, audio and files that messages name: read from the project, a data URL or a dataset's row."""

from __future__ import annotations

import base64
import binascii
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from evalkit.core.message import Media, MediaKind
from evalkit.core.text import seen
from evalkit.errors import TemplateError
from evalkit.files.border import reason_of
from evalkit.files.reading import open_bytes, read_at_most
from evalkit.files.roots import inside
from evalkit.prompts.media_type import canonical_type, type_of_bytes, type_of_name

#: Bytes of one image, recording or file.
MOST_BYTES = 64 << 20
#: Bytes of files that are kept between two requests for the same one.
_KEPT_BYTES = 64 << 20

_HINT = "write a path within the project, a data URL, or a template of a field that holds one or the bytes"


class MediaFiles:
    """Reads media; a file that several samples show is read once as long as there is room.

    Args:
        base: folder that paths start at; None refuses paths altogether.
        roots: folders that files may lie in beside ``base``; None for a caller that may read anything.
    """

    def __init__(self, base: Path | None = None, roots: Sequence[Path] | None = ()) -> None:
        self._base = base
        self._roots = roots
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Media] = OrderedDict()
        self._n_bytes = 0

    def read(
        self, kind: MediaKind, source: Any, media_type: str | None = None, name: str | None = None
    ) -> Media:
        """The media that ``source`` is or names.

        Args:
            source: a path, a data URL, bytes, or a mapping with ``bytes`` or a ``path`` (as the Hub's
                datasets have images and audio).
            media_type: as the task gives it; absent, the bytes or the name tell.
            name: what it is called; absent, the file's name.

        Raises TemplateError: no such file, one outside of the project, bytes of another kind.
        """
        if isinstance(source, Mapping):
            path = source.get("path")
            name = name or (path if isinstance(path, str) else None)
            source = path if source.get("bytes") is None else source["bytes"]
        if isinstance(source, bytes | bytearray | memoryview):
            return _made(kind, bytes(source), media_type, name)
        if not isinstance(source, str) or not source.strip():
            raise TemplateError(f"{kind} {seen(source)} is neither a path nor bytes", hint=_HINT)
        if source.startswith("data:"):
            data, said = _from_url(kind, source)
            return _made(kind, data, media_type or said, name)
        if "://" in source:
            what = f"{kind} {seen(source)} is an address, and nothing is fetched while models are asked"
            raise TemplateError(what, hint="download it into the project, and name the file")
        return self._from_file(kind, source, media_type, name)

    def path_of(self, file: str, what: str) -> Path:
        """The path of a file of the project; ``what`` names it in the TemplateError of one outside."""
        if self._base is None:
            raise TemplateError(f"{what} {file!r} cannot be read here", hint="give its text")
        return inside(file, self._base, self._roots, TemplateError, what)

    def _from_file(self, kind: MediaKind, file: str, media_type: str | None, name: str | None) -> Media:
        if self._base is None:
            raise TemplateError(f"{kind} file {file!r} cannot be read here", hint="give its bytes")
        path = inside(file, self._base, self._roots, TemplateError, f"{kind} file")
        try:
            with open_bytes(path) as stream:
                stat = path.stat()
                key = (str(path), stat.st_mtime_ns, stat.st_size, kind, media_type, name)
                found = self._known(key)
                if found is not None:
                    return found
                data = read_at_most(stream, MOST_BYTES)
        except Exception as error:
            what = f"{kind} file {file!r} cannot be read: {reason_of(error)}"
            raise TemplateError(what, hint="paths start at the folder of the task file") from None
        media = _made(kind, data, media_type, name or path.name)
        self._keep(key, media)
        return media

    def _known(self, key: tuple[Any, ...]) -> Media | None:
        with self._lock:
            media = self._kept.get(key)
            if media is not None:
                self._kept.move_to_end(key)
            return media

    def _keep(self, key: tuple[Any, ...], media: Media) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = media
                self._n_bytes += len(media.data)
            while self._n_bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._n_bytes -= len(self._kept.popitem(last=False)[1].data)


def _from_url(kind: MediaKind, url: str) -> tuple[bytes, str | None]:
    """Bytes and type of a data URL (RFC 2397)."""
    head, comma, body = url[len("data:") :].partition(",")
    try:
        if not comma:
            raise ValueError("it has no comma")
        is_packed = head.endswith(";base64")
        data = base64.b64decode(body, validate=True) if is_packed else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        what = f"{kind} data URL {seen(url, 60)} cannot be read: {error}"
        raise TemplateError(what, hint="write data:TYPE;base64,DATA") from None
    return data, head.removesuffix(";base64").partition(";")[0] or None


def _made(kind: MediaKind, data: bytes, media_type: str | None, name: str | None) -> Media:
    """What the task says first; then the bytes, as names are often wrong; then the name."""
    if not data:
        raise TemplateError(f"{kind} {name or 'data'} is empty", hint=_HINT)
    found = canonical_type(media_type) if media_type else type_of_bytes(data) or type_of_name(name)
    if kind == "file":
        return Media.of(data, found or "application/octet-stream", name)
    if found is None or not found.startswith(f"{kind}/"):
        wanted = "audio" if kind == "audio" else f"an {kind}"
        what = f"{name or 'the data'} is not {wanted}" + (f" but {found}" if found else " of a known type")
        raise TemplateError(what, hint=f"name a file of the right kind, or say media_type: {kind}/…")
    return Media.of(data, found, name)
