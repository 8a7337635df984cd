"""Java programs for tests: the real ones, which skip where they are absent, and scripts in their place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evalkit.errors import MetricError
from evalkit.metrics.captions.engine.java import find_java
from evalkit.metrics.captions.engine.meteor_jar import meteor_jar
from evalkit.metrics.captions.engine.scenes import evaluation
from evalkit.metrics.captions.engine.scenes.jars import class_path


def need_meteor() -> None:
    """Skip with a reason where Java or METEOR's jar is absent."""
    _need(find_java, meteor_jar)


def has_meteor() -> bool:
    """Whether Java and METEOR's jar are there."""
    try:
        find_java()
        meteor_jar()
    except MetricError:
        return False
    return True


def need_spice() -> None:
    """Skip with a reason where Java or a jar of SPICE is absent."""
    _need(find_java, class_path)


def need_java_of(metric: str) -> None:
    """Skip with a reason where ``metric`` needs a program that is absent."""
    if metric == "meteor":
        need_meteor()
    elif metric.startswith("spice"):
        need_spice()


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all that is in a folder, and of the folders themselves."""
    paths = [folder, *folder.rglob("*")]
    found = {str(path): path.stat() for path in paths}
    return {name: (each.st_size, each.st_mtime_ns) for name, each in found.items()}


def _need(*parts: object) -> None:
    for part in parts:
        try:
            part()  # type: ignore[operator]
        except MetricError as error:
            pytest.skip(str(error))


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Path:
    """Make ``program`` the Java of this test, with a cache of its own.

    The program is Python with ``sys``, ``os`` and ``starts``, a file that grows by a byte with each start.
    Returns that file.
    """
    evaluation.forget()
    launcher, starts = folder / "java-home/bin/java", folder / "starts"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "if sys.argv[1:] == ['-version']:\n"
        "    print('openjdk version \"17.0.1\"', file=sys.stderr)\n"
        "    raise SystemExit\n"
        f"starts = {str(starts)!r}\n"
        "open(starts, 'a').write('x')\n"
        f"{program}\n",
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder / "java-home"))
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(folder / "cache"))
    return starts
