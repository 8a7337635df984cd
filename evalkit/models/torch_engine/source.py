"""Where weights and adapters are: in a folder, or in the local cache of the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from evalkit.downloads.reachable import is_reachable
from evalkit.errors import ModelSpecError
from evalkit.models.embedded.fingerprint import file_revision
from evalkit.redaction.message import message

_REPOSITORY = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")

#: What answers depend on in a folder: configuration, tokenizer, chat template and weights.
_SUFFIXES = (".json", ".jinja", ".model", ".txt")
_WEIGHTS = (".safetensors", ".bin")


class DownloadWarning(UserWarning):
    """Weights are being fetched from the Hub."""


@dataclass(frozen=True)
class Source:
    """Files of a model or an adapter on this machine.

    Attributes:
        gguf: the file in ``folder`` that holds everything, or None for files as transformers save them.
        commit: 40 hex digits where it is a snapshot of the Hub.
    """

    folder: Path
    gguf: str | None = None
    commit: str | None = None

    def revision(self) -> str:
        """The commit, or ``sha256:`` and 16 hex digits of the hash of the files that answers depend on."""
        if self.commit is not None:
            return self.commit
        if self.gguf is not None:
            return file_revision(self.folder / self.gguf)
        lines = [f"{path.name} {file_revision(path)}" for path in _relevant(self.folder)]
        return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Wanted:
    """What a spec names.

    Attributes:
        name: ``ORG/NAME`` of the Hub, a folder, or a GGUF file.
        base_dir: where relative paths start.
        marker: file without which there is nothing to load.
        revision: branch, tag or commit of the Hub.
        gguf: file to read instead of all others.
    """

    name: str
    base_dir: Path
    marker: str = "config.json"
    revision: str | None = None
    gguf: str | None = None

    def find(self) -> Source | None:
        """Where it is; None where it is a name of the Hub that this machine does not have.

        Raises ModelSpecError where it can be neither, or is not whole.
        """
        path = self.base_dir / self.name
        if path.is_file() and path.suffix == ".gguf":
            self._refuse_revision(path)
            return Source(path.parent, path.name)
        if path.is_dir():
            self._refuse_revision(path)
            return self._whole(Source(path, self.gguf))
        if not _REPOSITORY.fullmatch(self.name):
            hint = "write ORG/NAME of the Hub, a folder, or a .gguf file, relative to the working directory"
            raise ModelSpecError("no such folder", where=str(path), hint=hint)
        return self._cached()

    def fetch(self, *, is_offline: bool) -> Source:
        """Where it is, after a download if need be, which is told by a DownloadWarning.

        Raises ModelSpecError where the session, the environment or the network allows none.
        """
        found = self.find()
        if found is not None:
            return found
        from huggingface_hub import constants

        what = f"{self.name} is neither a folder here nor in the cache of the Hub"
        hint = f"while online: hf download {self.name}; or name a folder"
        if is_offline or constants.HF_HUB_OFFLINE:
            raise ModelSpecError(f"{what}, and this session is offline", hint=hint)
        if not is_reachable(constants.ENDPOINT):
            raise ModelSpecError(f"{what}, and the Hub cannot be reached", hint=hint)
        warnings.warn(
            message(f"{self.name} is not on this machine: downloading it"), DownloadWarning, stacklevel=2
        )
        return self._download(hint)

    def _download(self, hint: str) -> Source:
        from huggingface_hub import HfApi, snapshot_download

        try:
            files = HfApi().list_repo_files(self.name, revision=self.revision)
            folder = snapshot_download(
                self.name, revision=self.revision, allow_patterns=needed_files(files, self.gguf)
            )
        except Exception as error:  # of the library, of HTTP, of the disk
            lines = str(error).strip().splitlines() or [""]
            what = f"{self.name} cannot be downloaded: {type(error).__name__}: {lines[0]}"
            raise ModelSpecError(message(what), hint=hint) from None
        return self._whole(_snapshot(Path(folder), self.gguf))

    def _cached(self) -> Source | None:
        """The snapshot in the cache of the Hub, if no download of it was broken off."""
        from huggingface_hub import try_to_load_from_cache

        marker = self.gguf or self.marker
        try:
            file = try_to_load_from_cache(self.name, marker, revision=self.revision)
        except ValueError:  # no name of the Hub after all
            return None
        if not isinstance(file, str):
            return None
        found = _snapshot(Path(file).parents[marker.count("/")], self.gguf)
        return found if self.gguf is not None or _has_weights(found.folder) else None

    def _whole(self, found: Source) -> Source:
        marker = self.gguf or self.marker
        if not (found.folder / marker).is_file():
            hint = "name the folder that save_pretrained wrote, or a GGUF file in it with ?gguf=FILE"
            raise ModelSpecError(f"it holds no {marker}", where=str(found.folder), hint=hint)
        return found

    def _refuse_revision(self, path: Path) -> None:
        if self.revision is not None:
            hint = "leave it out: what a folder holds is told by a hash of its files"
            raise ModelSpecError("a folder has no ?revision=", where=str(path), hint=hint)


def _snapshot(folder: Path, gguf: str | None) -> Source:
    return Source(folder, gguf, folder.name if _COMMIT.fullmatch(folder.name) else None)


def _has_weights(folder: Path) -> bool:
    """Whether all files of weights are there: those that an index names, else any."""
    shards = {
        shard
        for index in folder.glob("*.index.json")
        for shard in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    }
    if shards:
        return all((folder / shard).is_file() for shard in shards)
    return any(path.suffix in _WEIGHTS for path in folder.iterdir())


def needed_files(files: list[str], gguf: str | None) -> list[str]:
    """Files that are read, none of sub-folders; of weights in two formats the safe one."""
    top = [name for name in files if "/" not in name]
    if gguf is not None:
        return [gguf]
    weights = next((suffix for suffix in _WEIGHTS if any(name.endswith(suffix) for name in top)), None)
    suffixes = (*_SUFFIXES, weights) if weights else _SUFFIXES
    return [name for name in top if name.endswith(suffixes)]


def _relevant(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    names = needed_files([path.name for path in files], None)
    return [path for path in files if path.name in names]
