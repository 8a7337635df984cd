"""What of this machine the inside may see: this interpreter, its standard library, the system's libraries."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

#: The folder that holds the package ``inside``, which runs as one of its own there.
ROOT = Path(__file__).resolve().parent

_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/gnu/store")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")


def interpreter() -> str:
    """The interpreter itself, not the link to it that a virtual environment has."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def visible() -> list[str]:
    """Existing paths, none beneath another, that the inside needs to read."""
    # Of the installation, not of a virtual environment on it, whose packages may be anybody's.
    base = {"installed_platbase": sys.base_exec_prefix, "platbase": sys.base_exec_prefix}
    library = sysconfig.get_paths(vars=base)
    wanted = [
        interpreter(),
        library["stdlib"],
        library["platstdlib"],
        *_shared_library(),
        *_SYSTEM,
        *_FILES,
        str(ROOT / "inside"),
    ]
    found: list[str] = []
    for path in sorted({os.path.abspath(path) for path in wanted if os.path.exists(path)}):
        if not any(path.startswith(above + "/") for above in found):
            found.append(path)
    return found


def private() -> str:
    """Where a sample finds the folder of its own: ``/tmp``, unless its interpreter lives beneath that."""
    needed = [path for path in visible() if path != str(ROOT / "inside")]
    return "/private" if any(path.startswith("/tmp/") for path in needed) else "/tmp"


def _shared_library() -> list[str]:
    folder = sysconfig.get_config_var("LIBDIR")
    name = sysconfig.get_config_var("INSTSONAME")
    if not sysconfig.get_config_var("Py_ENABLE_SHARED") or not folder or not name:
        return []
    return [str(Path(folder) / name)]
