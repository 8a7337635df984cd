"""What of a machine a program may see: this interpreter, its standard library, the system's libraries.

Never the packages installed beside them: one of those may hold the very solutions that a benchmark asks for.
Works on the host, and in a container for what is there.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from glob import glob

#: Folders that installers put packages in, wherever they lie.
PACKAGES = ("site-packages", "dist-packages")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")
#: Where the libraries lie on systems that have no folder for each machine, among much else.
_SHARED_FOLDERS = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64")
#: Where every package is a folder of its own: only those that this process has loaded libraries from.
_STORES = ("/nix/store/", "/gnu/store/")


def interpreter() -> str:
    """The interpreter itself, not the link to it that a virtual environment has."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def visible(*more: str) -> list[str]:
    """Existing paths, none beneath another, that a program needs to read, and ``more``; see ``packages``."""
    # Of the installation, not of a virtual environment on it, whose packages may be anybody's.
    base = {"installed_platbase": sys.base_exec_prefix, "platbase": sys.base_exec_prefix}
    library = sysconfig.get_paths(vars=base)
    wanted = [
        interpreter(),
        library["stdlib"],
        library["platstdlib"],
        *_shared_library(),
        *_system(),
        *_FILES,
    ]
    return without_nested({os.path.abspath(path) for path in (*wanted, *more) if os.path.exists(path)})


def without_nested(paths: Iterable[str]) -> list[str]:
    """``paths`` sorted, without those beneath another of them."""
    found: list[str] = []
    for path in sorted(paths):
        if not any(is_beneath(path, above) for above in found):
            found.append(path)
    return found


def is_beneath(path: str, above: str) -> bool:
    """Whether ``path`` lies in the folder ``above``, or in one of its folders."""
    return path.startswith(above.rstrip("/") + "/")


def packages(paths: Iterable[str]) -> list[str]:
    """Folders of installed packages in what ``paths`` show, none beneath another."""
    found = {found for path in paths for found in _packages_in(path)}
    # What a link leads to counts where that can be seen; the link itself then leads nowhere.
    real = {os.path.realpath(each) for each in found if os.path.islink(each)}
    seen = {each for each in real if any(is_beneath(each, path) for path in paths)}
    return without_nested({each for each in found if not os.path.islink(each)} | seen)


def _packages_in(folder: str) -> Iterator[str]:
    for name in PACKAGES:
        for between in ("", "python*/", "*/python*/", "*/lib/python*/"):
            yield from filter(os.path.isdir, glob(f"{folder}/{between}{name}"))


def readable(paths: Iterable[str], hidden: list[str]) -> tuple[list[str], list[str]]:
    """Paths that show all of ``paths`` but ``hidden``, and the folders opened up for that.

    The latter may be listed, so that modules are found in them, and are not to be read as a whole.
    """
    whole: list[str] = []
    listed: list[str] = []
    for path in paths:
        if path in hidden:
            continue
        if not any(is_beneath(each, path) for each in hidden):
            whole.append(path)
            continue
        listed.append(path)
        deeper = readable((os.path.join(path, name) for name in sorted(os.listdir(path))), hidden)
        whole += deeper[0]
        listed += deeper[1]
    return whole, listed


def _system() -> list[str]:
    machine = sysconfig.get_config_var("MULTIARCH")
    folders = [f"{place}/{machine}" for place in ("/lib", "/usr/lib")]
    if machine and any(os.path.exists(f"{folder}/libc.so.6") for folder in folders):
        return [*folders, "/lib64", *glob("/lib/ld-*"), "/usr/lib/locale"]
    return [*_SHARED_FOLDERS, *_items(_loaded())]


def _loaded() -> Iterator[str]:
    """Files that this process has loaded libraries from."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                yield line.rstrip("\n").partition("/")[2]
    except OSError:
        return


def _items(files: Iterable[str]) -> Iterator[str]:
    for file in files:
        for store in _STORES:
            if f"/{file}".startswith(store):
                yield store + f"/{file}".removeprefix(store).partition("/")[0]


def _shared_library() -> list[str]:
    folder = sysconfig.get_config_var("LIBDIR")
    name = sysconfig.get_config_var("INSTSONAME")
    if not sysconfig.get_config_var("Py_ENABLE_SHARED") or not folder or not name:
        return []
    return [os.path.join(str(folder), str(name))]
