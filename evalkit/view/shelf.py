"""The stores that are looked at, each opened for one page and closed again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from evalkit.core.plain_name import is_plain_name
from evalkit.store.going_on import GoingOn, GoingRun
from evalkit.store.only_read import only_read
from evalkit.store.store import Store

#: How long a page waits for a writer.
WAIT_S = 5.0


class Shelf:
    """Stores by name.

    A page holds a store only while it reads it, and one page at a time does: between two of them a writer
    finds it free.
    """

    def __init__(self, paths: Sequence[Path], wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self.paths: Mapping[str, Path] = _named(paths)
        self._going_on = {name: GoingOn(path) for name, path in self.paths.items()}
        self._turns = {name: threading.Lock() for name in self.paths}

    @property
    def first(self) -> str:
        return next(iter(self.paths))

    @contextmanager
    def open(self, name: str) -> Iterator[Store]:
        """Raises as ``only_read``."""
        with self._turns[name], only_read(self.paths[name], timeout_s=self._wait_s) as store:
            yield store

    def going_on(self, name: str) -> list[GoingRun]:
        """The runs with rows beside the store, the latest first; the store itself is not opened."""
        with self._turns[name]:
            return self._going_on[name].read()


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """What is shortest and tells them apart: the file's name, with folders before it where it must be."""
    unique = list(dict.fromkeys(path.resolve() for path in paths))
    found: dict[str, Path] = {}
    for path in unique:
        parts = [part for part in (*path.parent.parts[1:], path.stem) if part != ".evalkit"]
        names = ["-".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        others = [each for each in unique if each != path]
        name = next((each for each in names if not any(_ends_with(other, each) for other in others)), "")
        name = name if is_plain_name(name) and name not in found else f"store-{len(found) + 1}"
        found[name] = path
    return found


def _ends_with(path: Path, name: str) -> bool:
    whole = "-".join(part for part in (*path.parent.parts[1:], path.stem) if part != ".evalkit")
    return whole == name or whole.endswith(f"-{name}")
