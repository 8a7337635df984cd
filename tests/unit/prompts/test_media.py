"""Images, audio and files: from the project, a data URL, or a dataset's row."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.media_type import type_of_bytes

PNG = b"\x89PNG\r\n\x1a\n and more"
WAV = b"RIFF\x00\x00\x00\x00WAVE and more"
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.fixture
def files(tmp_path: Path) -> MediaFiles:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "cat.png").write_bytes(PNG)
    (tmp_path / "outside.png").write_bytes(PNG)
    return MediaFiles(tmp_path / "project", ())


@pytest.mark.parametrize("source", ["cat.png", URL, PNG, {"bytes": PNG, "path": "x"}, {"path": "cat.png"}])
def test_the_same_bytes_have_the_same_hash_wherever_they_come_from(files: MediaFiles, source: Any) -> None:
    media = files.read("image", source)
    assert (media.sha256, media.media_type, media.data) == (
        hashlib.sha256(PNG).hexdigest(),
        "image/png",
        PNG,
    )


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (WAV, "audio/wav"),
        (b"ID3\x04....", "audio/mpeg"),
        (b"\xff\xfb\x90\x64....", "audio/mpeg"),
        (b"fLaC....", "audio/flac"),
        (b"%PDF-1.7", "application/pdf"),
        (b"plain text", None),
    ],
)
def test_the_first_bytes_tell_the_type(data: bytes, media_type: str | None) -> None:
    assert type_of_bytes(data) == media_type


def test_the_bytes_are_believed_before_the_name_and_the_task_before_the_bytes(files: MediaFiles) -> None:
    assert files.read("image", PNG, name="cat.jpg").media_type == "image/png"
    assert files.read("image", PNG, "image/x-special").media_type == "image/x-special"


@pytest.mark.parametrize(
    ("kind", "source", "said"),
    [
        ("image", "dog.png", "cannot be read: No such file"),
        ("image", "../outside.png", "leads out of the project"),
        ("image", "https://example.org/cat.png", "nothing is fetched"),
        ("image", "data:image/png;base64,§", "cannot be read"),
        ("image", WAV, "is not an image but audio/wav"),
        ("audio", b"what is this", "is not audio of a known type"),
        ("image", b"", "is empty"),
        ("image", 7, "neither a path nor bytes"),
        ("image", ".", "it is a folder"),
    ],
)
def test_what_is_no_media_is_one_error(files: MediaFiles, kind: Any, source: Any, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        files.read(kind, source)


def test_without_a_folder_no_path_is_read() -> None:
    with pytest.raises(TemplateError, match="cannot be read here"):
        MediaFiles().read("image", __file__)


def test_a_file_that_changes_is_read_again(files: MediaFiles, tmp_path: Path) -> None:
    first = files.read("image", "cat.png")
    assert files.read("image", "cat.png") is first
    (tmp_path / "project" / "cat.png").write_bytes(PNG + b"!")
    assert files.read("image", "cat.png").data == PNG + b"!"


def test_what_is_kept_has_a_bound(files: MediaFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.prompts.media._KEPT_BYTES", len(PNG))
    (tmp_path / "project" / "dog.png").write_bytes(PNG)
    first = files.read("image", "cat.png")
    files.read("image", "dog.png")
    assert files.read("image", "cat.png") is not first
