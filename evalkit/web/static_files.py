"""The files of a page, read once from the package: no address leads out of a mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from evalkit.web.call import Reply

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def static_files(package: str, folder: str) -> Mapping[str, Reply]:
    """Address to file, ``/`` being ``index.html``: every file of a known type, in folders too.

    Args:
        package: ``evalkit.review``.
        folder: within it: ``pages``.
    """
    found = dict(_below(files(package).joinpath(folder), ""))
    if "/index.html" in found:
        found["/"] = found["/index.html"]
    return found


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, Reply]]:
    for entry in folder.iterdir():
        address = f"{path}/{entry.name}"
        suffix = f".{entry.name.rpartition('.')[2]}"
        if entry.is_dir():
            yield from _below(entry, address)
        elif suffix in _TYPES:
            yield address, _file(entry.read_bytes(), suffix)


def text_file(text: str, suffix: str) -> Reply:
    """A file that is made here; ``suffix`` is one of those that ``static_files`` knows: ``.css``."""
    return _file(text.encode(), suffix)


def _file(data: bytes, suffix: str) -> Reply:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    return Reply(200, data, _TYPES[suffix], {"Cache-Control": "no-cache", "ETag": tag})
