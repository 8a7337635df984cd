"""A root of one's own: what may be seen, read-only, and nothing else (the level without bubblewrap)."""

from __future__ import annotations

import os

from . import kernel
from .library import is_beneath

_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _REC, _PRIVATE = 32, 4096, 16384, 1 << 18
_DEVICES = ("null", "zero", "random", "urandom")


def enter_root(visible: list[str], hidden: list[str], private: str) -> None:
    """Make a root that holds ``visible`` and an empty folder ``private`` alone, all read-only.

    Folders that are ``hidden`` in it are empty, but for what is of ``visible`` itself.

    It needs mount and pid namespaces of one's own; ``/proc`` shows the latter.

    Raises:
        OSError: no folder of the host can be covered by the new root.
    """
    kernel.mount(None, "/", None, _REC | _PRIVATE)
    base = _place(visible)
    kernel.mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    covered = [path for path in visible if any(is_beneath(path, each) for each in hidden)]
    for path in visible:
        if path not in covered:
            _bind(path, base + path)
    for path in hidden:
        kernel.mount("tmpfs", base + path, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    for path in covered:
        _bind(path, base + path)
    for path in hidden:
        kernel.mount(None, base + path, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    for device in _DEVICES:
        _bind(f"/dev/{device}", f"{base}/dev/{device}", flags=_NOSUID | _NOEXEC)
    for name in (private, "/proc", "/old"):
        os.makedirs(base + name, exist_ok=True)
    kernel.mount("proc", f"{base}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    kernel.call("pivot_root", os.fsencode(base), os.fsencode(f"{base}/old"))
    os.chdir("/")
    kernel.umount_detached("/old")
    os.rmdir("/old")
    kernel.mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _place(visible: list[str]) -> str:
    """A folder that can be covered, because nothing that is to be bound lies in it."""
    for place in ("/tmp", "/mnt", "/media", "/srv", "/opt", "/home", "/run"):
        if os.path.isdir(place) and not any(path.startswith(place + "/") for path in visible):
            return place
    raise OSError("no folder to put a new root on")


def cover_private(path: str, size_mb: int) -> None:
    """An empty folder ``path`` and a ``/proc`` for this sample alone; both end with its mount namespace."""
    kernel.mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC | _RDONLY)
    bounds = f"size={size_mb}m,mode=1777,nr_inodes=4k"
    kernel.mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, bounds)
    os.chdir(path)


def _bind(source: str, target: str, flags: int = _NOSUID | _NODEV) -> None:
    if not os.path.exists(source):
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    # Flags that the mount below has already (a read-only or nosuid volume) must not be taken away.
    kept = os.statvfs(source).f_flag & (_RDONLY | _NOSUID | _NODEV | _NOEXEC)
    kernel.mount(source, target, None, _BIND)
    kernel.mount(None, target, None, _REMOUNT | _BIND | _RDONLY | flags | kept)
