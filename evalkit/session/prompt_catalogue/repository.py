"""What git knows of a file, by its own command: nothing is kept here that git would not say again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path

from evalkit.core.frozen import frozen
from evalkit.errors import UsageError
from evalkit.redaction.redact import redact

_TIMEOUT_S = 60
_COMMIT, _FIELD = b"\x1e", b"\x1f"
#: Hash, time of the author, time of the commit, author, message; files follow.
_FORMAT = "%x1e%H%x1f%at%x1f%ct%x1f%an%x1f%B%x1f"
#: Settings of a user that would change what is read here.
_PLAIN = (
    "--literal-pathspecs",
    "-c",
    "core.quotePath=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "log.follow=false",
)


@frozen(slots=True)
class FileCommit:
    """A commit that changed a file, or moved it.

    Attributes:
        authored_at, committed_at: seconds since the epoch.
        path: of the file in that commit, relative to the folder of the repository.
        text: of the file, line ends as ``\\n``.
    """

    commit: str
    authored_at: float
    committed_at: float
    author: str
    message: str
    path: str
    text: str


class Repository:
    """A git work tree. Every method raises UsageError where git cannot do what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The one that ``folder`` is in; None where there is none, or no git."""
        try:
            top = _git(folder, "rev-parse", "--show-toplevel")
        except (OSError, subprocess.SubprocessError):
            return None
        return cls(Path(os.fsdecode(top).rstrip("\n")))

    def files(self) -> list[Path]:
        """All files that git tracks or that stand in the work tree and are not ignored, in order."""
        words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        names = self._ask(*words).split(b"\0")
        return [self.folder / os.fsdecode(name) for name in names if name]

    def commits(self, path: Path) -> list[FileCommit]:
        """What changed a file, across renames, the oldest first; commits without it, or in which it is no
        UTF-8 or empty, are left out."""
        name = self._name(path)
        log = self._ask(
            *_PLAIN, "log", "--follow", "--date-order", "--name-only", "-z", f"--format={_FORMAT}", "HEAD",
            "--", name,
        ) if self.has_commits else b""  # fmt: skip
        found = [_parsed(each) for each in reversed(log.split(_COMMIT)[1:])]
        texts = self._texts([(commit, file) for commit, *_, file in found])
        return [
            FileCommit(commit, authored, committed, author, message, file, text)
            for (commit, authored, committed, author, message, file), text in zip(found, texts, strict=True)
            if text is not None
        ]

    def is_cut_at(self, commit: str) -> bool:
        """Whether the clone is shallow and knows nothing of what came before this commit."""
        if self._ask("rev-parse", "--is-shallow-repository").strip() != b"true":
            return False
        file = self.folder / os.fsdecode(self._ask("rev-parse", "--git-path", "shallow")).rstrip("\n")
        try:
            return commit in file.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return True

    def commit_of(self, revision: str) -> str | None:
        """The hash of the commit that a branch, a tag or the start of a hash means; None for none."""
        try:
            words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            return os.fsdecode(_git(self.folder, *words)).strip() or None
        except (OSError, ValueError, subprocess.SubprocessError):
            return None

    def text_at(self, commit: str, paths: Sequence[str]) -> tuple[str, str] | None:
        """The first of these files that a commit has, and its text."""
        texts = self._texts([(commit, path) for path in paths])
        return next(((path, text) for path, text in zip(paths, texts, strict=True) if text is not None), None)

    def is_tracked(self, path: Path) -> bool:
        """Whether git knows the file."""
        return bool(self._ask("ls-files", "-z", "--", self._name(path)))

    def has_changes(self, path: Path) -> bool:
        """Whether the file differs from what was last committed, or git does not know it."""
        name = self._name(path)
        return not self.is_tracked(path) or bool(self._ask("status", "--porcelain", "-z", "--", name))

    @property
    def has_commits(self) -> bool:
        """Whether anything was ever committed."""
        return self.commit_of("HEAD") is not None

    def name_of(self, path: Path) -> str | None:
        """The path as git calls it; None for a file that lies elsewhere."""
        real = path.parent.resolve() / path.name
        return real.relative_to(self.folder).as_posix() if real.is_relative_to(self.folder) else None

    def _name(self, path: Path) -> str:
        name = self.name_of(path)
        if name is None:
            raise UsageError(f"{path} lies outside of the repository {self.folder}", hint="cd into its own")
        return name

    def _ask(self, *words: str) -> bytes:
        try:
            return _git(self.folder, *words)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UsageError(f"git {words[0]}: {lines[-1] if lines else error}") from None
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError(f"git {words[0]}: {error}") from None

    def _texts(self, places: Sequence[tuple[str, str]]) -> list[str | None]:
        """The files of commits, in one call of git."""
        lines = b"".join(os.fsencode(f"{commit}:{path}\n") for commit, path in places)
        try:
            out = _git(self.folder, "cat-file", "--batch", given=lines) if places else b""
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError(f"git cat-file: {error}") from None
        return [_decoded(data) for data in _blobs(BytesIO(out), len(places))]


def _git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", *_PLAIN, *words],
        cwd=folder, input=given, capture_output=True, timeout=_TIMEOUT_S, check=True, env=environment,
        stdin=subprocess.DEVNULL if given is None else None,
    )  # fmt: skip
    return done.stdout


def _parsed(record: bytes) -> tuple[str, float, float, str, str, str]:
    commit, authored, committed, author, message, files = record.split(_FIELD, 5)
    texts = [redact(each.decode("utf-8", "replace").strip()) for each in (author, message)]
    path = os.fsdecode(files.strip(b"\0\n").split(b"\0")[-1])
    return commit.decode(), float(authored), float(committed), *texts, path  # type: ignore[return-value]


def _blobs(stream: BytesIO, n: int) -> Iterator[bytes | None]:
    """``cat-file --batch`` says ``HASH blob SIZE``, the bytes and a line end, or ``NAME missing``."""
    for _ in range(n):
        head = stream.readline().split()
        if len(head) == 3 and head[-1].isdigit():
            data = stream.read(int(head[2]))
            stream.read(1)
            yield data if head[1] == b"blob" else None
        else:
            yield None


def _decoded(data: bytes | None) -> str | None:
    """As ``evalkit.files.reading.read_text`` reads a file, so that hashes agree."""
    if data is None:
        return None
    try:
        text = TextIOWrapper(BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError:
        return None
    return text if text.strip() else None
