"""One file over HTTP: resumed where it was broken off, checked by its hash, there whole or not at all."""

from __future__ import annotations

import contextlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import IO
from uuid import uuid4

from evalkit.errors import UsageError

Progress = Callable[[str], None]

_CHUNK = 1 << 20
_PATIENCE_S = 60.0
_EVERY_S = 5.0


class UnreachableError(UsageError):
    """The server did not answer, or does not have the file; another way may."""


def download(url: str, target: Path, sha256: str, progress: Progress = lambda line: None) -> Path:
    """Fetch ``url`` into ``target``; several processes may do so at once.

    What came before a broken connection stays in ``target`` + ``.part`` and is not fetched again. Raises
    UnreachableError where the server cannot give the file, UsageError where the checksum does not agree or
    the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _draft(target) as draft:
            _fetch(url, draft, _Reporter(target.name, progress))
            return accept(draft, target, sha256)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise UnreachableError(f"cannot fetch {target.name}: {_reason(error)}", where=url) from None
    except OSError as error:
        raise UsageError(f"cannot write {target.name}: {error}", where=str(target.parent)) from None


def accept(draft: Path, target: Path, sha256: str) -> Path:
    """Check a file and put it into its place. Raises UsageError, and removes it, on a wrong checksum."""
    seen = digest(draft)
    if seen != sha256:
        draft.unlink()
        raise UsageError(
            f"the checksum of {target.name} is {seen[:16]}…, expected {sha256[:16]}…",
            hint="nothing was kept; try again, and tell the maintainers if it stays",
        )
    draft.replace(target)
    return target


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file of this call alone, with what an earlier one left; what it leaves itself is for the next."""
    left = target.with_name(target.name + ".part")
    draft = target.with_name(f"{target.name}.{uuid4().hex[:12]}.part")
    with contextlib.suppress(FileNotFoundError):
        left.rename(draft)
    try:
        yield draft
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.replace(left)


def _fetch(url: str, part: Path, reporter: _Reporter) -> None:
    n_there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={n_there}-"} if n_there else {})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            is_resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            n_start = n_there if is_resumed else 0
            reporter.begin(n_start, n_start + int(answer.headers.get("Content-Length") or 0))
            with part.open("ab" if is_resumed else "wb") as file:
                _copy(answer, file, reporter)
    except urllib.error.HTTPError as error:
        error.close()
        # The part is as long as the file: the checksum tells whether it is the file.
        if not (n_there and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
            raise


def _copy(source: IO[bytes], target: IO[bytes], reporter: _Reporter) -> None:
    while chunk := source.read(_CHUNK):
        target.write(chunk)
        reporter.advance(len(chunk))
    if reporter.n_done < reporter.n_total:
        raise ConnectionError(f"the connection ended after {reporter.n_done:,} of {reporter.n_total:,} bytes")


class _Reporter:
    """Says every few seconds how far it is."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.n_done, self.n_total = 0, 0
        self._name, self._progress = name, progress
        self._next_at = time.monotonic() + _EVERY_S

    def begin(self, n_done: int, n_total: int) -> None:
        self.n_done, self.n_total = n_done, n_total
        if n_done:
            self._progress(f"{self._name}: going on after {n_done / 1e6:,.0f} MB")

    def advance(self, n: int) -> None:
        self.n_done += n
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + _EVERY_S
            of = f" of {self.n_total / 1e6:,.0f}" if self.n_total else ""
            self._progress(f"{self._name}: {self.n_done / 1e6:,.0f}{of} MB")


def _reason(error: Exception) -> str:
    with contextlib.suppress(AttributeError):
        return f"HTTP status {error.code}"  # type: ignore[attr-defined]
    return str(getattr(error, "reason", error))
