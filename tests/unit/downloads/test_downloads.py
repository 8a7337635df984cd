"""Files from a repository: whole or not at all, resumed, by mirror, local repository or mvn."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from evalkit.downloads import maven
from evalkit.downloads.download import UnreachableError, download
from evalkit.downloads.maven import Artifact, fetch_jars
from evalkit.errors import UsageError

CONTENT = bytes(range(256)) * 5000
DIGEST = sha256(CONTENT).hexdigest()
JAR = Artifact("org.tiny", "tiny", "1.0", DIGEST, len(CONTENT), "MIT", "models")
CLOSED = "http://127.0.0.1:9"


class Repository(BaseHTTPRequestHandler):
    """Serves CONTENT under the path of JAR, in two halves: the first answer breaks off."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    breaks_off = False
    #: Those who wait for one another in the middle of the file.
    meeting: ClassVar[threading.Barrier | None] = None

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.asked.append((self.path, asked))
        if not self.path.endswith(JAR.path):
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        is_broken, type(self).breaks_off = self.breaks_off, False
        middle = max(start, len(CONTENT) // 2)
        self.wfile.write(CONTENT[start:middle])
        if self.meeting:
            self.meeting.wait(timeout=30)
        self.wfile.write(b"" if is_broken else CONTENT[middle:])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a repository; no other way is open."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(maven.MIRROR, raising=False)
    monkeypatch.setattr(maven, "CENTRAL", CLOSED)
    monkeypatch.setattr(Repository, "asked", [])
    monkeypatch.setattr(Repository, "breaks_off", False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Repository) as server:
        # It looks every 0.01 s whether it is to end.
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/maven2"
        server.shutdown()


def test_a_jar_is_fetched_checked_and_not_fetched_again(tmp_path: Path, mirror: str) -> None:
    lines: list[str] = []
    (path,) = fetch_jars([JAR], tmp_path / "jars", mirror, lines.append)
    assert path == tmp_path / "jars/tiny-1.0-models.jar"
    assert path.read_bytes() == CONTENT
    assert lines == ["tiny-1.0-models.jar: 1.3 MB, MIT"]
    assert fetch_jars([JAR], tmp_path / "jars", mirror) == [path]
    assert Repository.asked == [("/maven2/org/tiny/tiny/1.0/tiny-1.0-models.jar", None)]
    assert list(path.parent.iterdir()) == [path]


def test_the_environment_names_a_mirror_too(
    tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(maven.MIRROR, f"{mirror}/")
    assert fetch_jars([JAR], tmp_path)[0].read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_ended(tmp_path: Path, mirror: str) -> None:
    Repository.breaks_off = True
    with pytest.raises(UnreachableError, match="ended after 640,000 of 1,280,000 bytes"):
        fetch_jars([JAR], tmp_path, mirror)
    lines: list[str] = []
    (path,) = fetch_jars([JAR], tmp_path, mirror, lines.append)
    assert path.read_bytes() == CONTENT
    assert Repository.asked[-1][1] == "bytes=640000-"
    assert "going on after 1 MB" in lines[-1]


def test_two_may_fetch_the_same_at_once(tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Repository, "meeting", threading.Barrier(2))
    with ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(fetch_jars, [JAR], tmp_path, mirror) for _ in range(2)]
        paths = [job.result(timeout=60) for job in jobs]
    assert paths == [[tmp_path / JAR.file]] * 2
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(JAR.file, CONTENT)]


def test_a_part_that_is_whole_is_only_checked(tmp_path: Path, mirror: str) -> None:
    (tmp_path / f"{JAR.file}.part").write_bytes(CONTENT)
    assert fetch_jars([JAR], tmp_path, mirror)[0].read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(UsageError, match=r"checksum of a\.jar"):
        download(f"{mirror}/{JAR.path}", tmp_path / "a.jar", "0" * 64)
    assert list(tmp_path.glob("a.jar*")) == []


def test_a_jar_that_is_damaged_is_fetched_again(tmp_path: Path, mirror: str) -> None:
    (tmp_path / JAR.file).write_bytes(CONTENT[:-1] + b"x")
    assert fetch_jars([JAR], tmp_path, mirror)[0].read_bytes() == CONTENT


def test_the_local_maven_repository_is_looked_into_first(tmp_path: Path, mirror: str) -> None:
    local = tmp_path / "home/.m2/repository" / JAR.path
    local.parent.mkdir(parents=True)
    local.write_bytes(CONTENT)
    assert fetch_jars([JAR], tmp_path / "jars", mirror)[0].read_bytes() == CONTENT
    assert Repository.asked == []
    assert local.exists()


def test_where_nothing_gets_out_one_line_says_which_ways_there_are(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(UsageError) as caught:
        fetch_jars([JAR], tmp_path)
    text = str(caught.value)
    assert text.startswith(f"{CLOSED}/org/tiny/")
    assert "Connection refused" in text
    for way in ("install Maven", "--mirror URL", "EVALKIT_MAVEN_MIRROR", str(tmp_path)):
        assert way in text


def test_a_mirror_without_the_jar_is_named_and_mvn_is_not_asked(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(UnreachableError, match=r"HTTP status 404 \(--mirror URL"):
        fetch_jars([Artifact("no", "such", "1", DIGEST, 1, "MIT")], tmp_path, mirror)


@pytest.mark.parametrize("status", [0, 1])
def test_mvn_is_asked_where_only_it_gets_out(
    tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A stand-in for mvn that puts the jar where Maven would."""
    program = tmp_path / "bin/mvn"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        f"if {status}:\n"
        "    print('[INFO] so far'); print('[ERROR] no route to the repository'); sys.exit(1)\n"
        "assert '-Dartifact=org.tiny:tiny:1.0:jar:models' in sys.argv\n"
        "(root,) = [each.partition('=')[2] for each in sys.argv if each.startswith('-Dmaven.repo.local')]\n"
        f"path = pathlib.Path(root) / {JAR.path!r}\n"
        "path.parent.mkdir(parents=True)\n"
        f"path.write_bytes({CONTENT[:256]!r} * 5000)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    if status:
        with pytest.raises(UnreachableError, match=r"mvn could not fetch .*no route to the repository"):
            fetch_jars([JAR], tmp_path / "jars")
    else:
        assert fetch_jars([JAR], tmp_path / "jars")[0].read_bytes() == CONTENT
    assert [each.name for each in (tmp_path / "jars").iterdir()] == ([] if status else [JAR.file])


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path, mirror: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        fetch_jars([JAR], tmp_path / "file/jars", mirror)
