"""Jars of Maven Central: over HTTPS, from a mirror, or through ``mvn`` where only that gets out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evalkit.downloads.download import Progress, UnreachableError, accept, digest, download
from evalkit.errors import UsageError

CENTRAL = "https://repo1.maven.org/maven2"
MIRROR = "EVALKIT_MAVEN_MIRROR"

#: Pinned, so that every machine resolves jars in the same way.
_GET = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One jar by its Maven coordinates.

    Attributes:
        sha256: of the jar.
        n_bytes: its size.
        licence: for people.
    """

    group: str
    name: str
    version: str
    sha256: str
    n_bytes: int
    licence: str
    classifier: str = ""

    @property
    def file(self) -> str:
        """``stanford-corenlp-3.6.0-models.jar``."""
        return "-".join(filter(None, (self.name, self.version, self.classifier))) + ".jar"

    @property
    def path(self) -> str:
        """Where it stands in every Maven repository."""
        return "/".join((*self.group.split("."), self.name, self.version, self.file))

    @property
    def coordinates(self) -> str:
        """``group:name:version:jar[:classifier]``, as ``mvn`` takes it."""
        return ":".join(filter(None, (self.group, self.name, self.version, "jar", self.classifier)))


def fetch_jars(
    artifacts: Iterable[Artifact],
    folder: Path,
    mirror: str | None = None,
    progress: Progress = lambda line: None,
) -> list[Path]:
    """The verified jars in ``folder``; those that are there already are not fetched again.

    Looked for in the user's local Maven repository, then at ``mirror`` (or ``EVALKIT_MAVEN_MIRROR``); without
    one at Maven Central, then through ``mvn`` with its own settings. Raises UsageError that says what was
    tried.
    """
    mirror = mirror or os.environ.get(MIRROR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # What mvn needs for itself goes away again, with all that it fetched.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".mvn-") as repository:
            return [_fetched(each, folder, mirror, Path(repository), progress) for each in artifacts]
    except OSError as error:
        raise UsageError(f"cannot write the jars: {error}", where=str(folder)) from None


def _fetched(
    artifact: Artifact, folder: Path, mirror: str | None, repository: Path, progress: Progress
) -> Path:
    target = folder / artifact.file
    if target.is_file() and digest(target) == artifact.sha256:
        return target
    local = Path.home() / ".m2" / "repository" / artifact.path
    if local.is_file() and digest(local) == artifact.sha256:
        draft = shutil.copyfile(local, repository / artifact.file)
        return Path(draft).replace(target)
    progress(f"{artifact.file}: {artifact.n_bytes / 1e6:,.1f} MB, {artifact.licence}")
    url = f"{(mirror or CENTRAL).rstrip('/')}/{artifact.path}"
    try:
        return download(url, target, artifact.sha256, progress)
    except UnreachableError as error:
        maven = None if mirror else shutil.which("mvn")
        if maven is None:
            raise UnreachableError(error.what, where=error.where, hint=_hint(folder, mirror)) from None
        progress(f"{error.what}; asking mvn")
        return _by_mvn(maven, artifact, target, repository)


def _hint(folder: Path, mirror: str | None) -> str:
    ways = f"--mirror URL or {MIRROR} name another repository"
    if not mirror:
        ways = f"install Maven if only mvn gets out, {ways}"
    return f"{ways}, or put the jar into {folder} yourself"


def _by_mvn(maven: str, artifact: Artifact, target: Path, repository: Path) -> Path:
    done = subprocess.run(
        [
            *(maven, "-B", "-ntp", f"-Dmaven.repo.local={repository.absolute()}", _GET),
            *(f"-Dartifact={artifact.coordinates}", "-Dtransitive=false"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=repository,
    )
    found = repository / artifact.path
    if done.returncode or not found.is_file():
        lines = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        said = " ".join((lines or done.stderr.splitlines() or ["no message"])[0].split())[:300]
        hint = _hint(target.parent, None)
        raise UnreachableError(f"mvn could not fetch {artifact.file}: {said}", hint=hint)
    return accept(found, target, artifact.sha256)
