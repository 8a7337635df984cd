"""The jars inside the package pycocoevalcap, which is never imported: it writes where it is installed."""

from __future__ import annotations

from functools import cache
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path

from evalkit.errors import MetricError

_MEND = "pip install 'pytest-evalkit[captions]'"


def pycoco_file(*parts: str) -> Path:
    """A file of the installed package. Raises MetricError where it is not there."""
    spec = find_spec("pycocoevalcap")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder).joinpath(*parts)
        if path.is_file():
            return path
    what = "pycocoevalcap is not installed" if spec is None else f"pycocoevalcap has no {'/'.join(parts)}"
    raise MetricError(what, hint=_MEND)


def digest_of(path: Path) -> str:
    """The first 8 hex digits of a file's SHA-256."""
    return _digest(path, path.stat().st_mtime_ns)


@cache
def _digest(path: Path, changed_ns: int) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:8]
