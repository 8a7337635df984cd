"""Where Java is on this machine, and which one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evalkit.errors import MetricError

_MEND = "install a Java runtime of version 8 or newer, put it on PATH or name its folder in JAVA_HOME"
#: Seconds that ``java -version`` may take; it is a tenth of one on an idle machine.
_PATIENCE_S = 60


class JavaError(MetricError):
    """A Java half of a metric could not give its result; no other sample is harmed."""


class MissingJavaError(JavaError):
    """There is no Java that runs; ``hint`` says how to get one."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that answered.

    Attributes:
        path: its launcher.
        version: the feature release: 8, 11, 17, 21 …
    """

    path: Path
    version: int


def find_java() -> Java:
    """The Java in ``JAVA_HOME``, else the one on ``PATH``, started once to ask for its version.

    Raises MissingJavaError where there is none or none that starts.
    """
    return _find(os.environ.get("JAVA_HOME", ""), os.environ.get("PATH", ""))


@cache
def _find(home: str, path: str) -> Java:
    broken = None
    for candidate in _candidates(home, path):
        try:
            return Java(candidate, _version(candidate))
        except MissingJavaError as error:
            broken = broken or error
    raise broken or MissingJavaError("Java is not there", hint=_MEND)


def _candidates(home: str, path: str) -> Iterator[Path]:
    for folder in ([str(Path(home) / "bin")] if home else []) + [path]:
        found = shutil.which("java", path=folder) if folder else None
        if found:
            yield Path(found).absolute()


def _version(java: Path) -> int:
    try:
        # It prints on stderr, "Picked up JAVA_TOOL_OPTIONS" before the version where these are set.
        done = subprocess.run(
            [java, "-version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingJavaError(f"Java does not start: {error}", where=str(java), hint=_MEND) from None
    text = (done.stderr + done.stdout).decode("utf-8", "replace")
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    if done.returncode or not found:
        said = " ".join(text.split())[:200] or f"exit status {done.returncode}"
        raise MissingJavaError(f"Java does not start: {said}", where=str(java), hint=_MEND)
    return int(found[1])
