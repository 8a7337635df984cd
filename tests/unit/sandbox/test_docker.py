"""The container that is asked for; docker itself is one edge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox import docker, launch
from evalkit.sandbox.inside import library, start
from evalkit.sandbox.open import open_sandbox


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("evalkit.sandbox.docker.shutil.which", lambda name: "/usr/bin/docker")
    monkeypatch.delenv(docker.IMAGE_VARIABLE, raising=False)
    return launch.command("docker", "/nowhere")


def test_the_container_has_no_network_no_rights_and_a_root_that_cannot_be_written(line: list[str]) -> None:
    text = " ".join(line)
    assert text.startswith(
        "/usr/bin/docker run --rm --interactive --init --network none --read-only --cap-drop ALL"
    )
    assert "--security-opt no-new-privileges" in text
    assert "--user 65534:65534" in text
    assert "--pids-limit" in text
    assert "--memory" in text


def test_the_container_sees_the_inside_read_only_and_nothing_else_of_the_host(line: list[str]) -> None:
    (volume,) = [line[at + 1] for at, word in enumerate(line) if word == "--volume"]
    source, place, mode = volume.split(":")
    assert (Path(source) / "start.py").is_file()
    assert (place, mode) == ("/sandbox/inside", "ro")
    assert [line[at + 1] for at, word in enumerate(line) if word == "--env"] == ["PYTHONHASHSEED=0"]


def test_in_the_container_samples_have_filters_of_their_own(line: list[str]) -> None:
    assert json.loads(line[-1])["level"] == "process"


def test_what_may_be_read_in_the_container_is_looked_for_there_and_is_not_its_packages(
    line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads(line[-1])
    assert not {"visible", "hidden", "readable"} & set(config)
    seen: list[tuple[list[str], ...]] = []

    def stop(level: str, *lists: list[str]) -> None:
        seen.append(lists[:2])
        raise ZeroDivisionError

    monkeypatch.setattr("evalkit.sandbox.inside.start.jail.raise_walls", stop)
    monkeypatch.setattr(start, "_end_with_evalkit", lambda: None)
    monkeypatch.setattr(start, "warm_up", lambda: None)
    with pytest.raises(ZeroDivisionError):
        start._serve(config)
    ((visible, hidden),) = seen
    assert str(Path(start.__file__).parent) in visible
    assert hidden == library.packages(visible)
    assert "/usr" not in visible


def test_another_image_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert docker.image().startswith("python:3.")
    monkeypatch.setenv(docker.IMAGE_VARIABLE, "mine:1")
    assert docker.image() == "mine:1"


def test_without_docker_the_refusal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.sandbox.docker.shutil.which", lambda name: None)
    with pytest.raises(SandboxError, match="docker is not installed"):
        open_sandbox("docker")


def test_a_docker_that_cannot_be_reached_is_a_refusal_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "docker"
    fake.write_text(
        "#!/bin/sh\necho 'docker: Cannot connect to the Docker daemon.' >&2\necho help >&2\nexit 125\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr("evalkit.sandbox.docker.shutil.which", lambda name: str(fake))
    with pytest.raises(
        SandboxError, match=r"level docker ended: docker: Cannot connect to the Docker daemon\."
    ):
        open_sandbox("docker")
