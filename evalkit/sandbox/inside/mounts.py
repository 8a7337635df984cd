"""A root of one's own: what may be seen, read-only, and nothing else (the level without bubblewrap)."""

from __future__ import annotations

import os

from . import kernel

_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _REC, _PRIVATE = 32, 4096, 16384, 1 << 18
_DEVICES = ("null", "zero", "random", "urandom")


def enter_root(visible: list[str], size_mb: int) -> None:
    """Make a root that holds ``visible`` alone; needs mount and pid namespaces of one's own.

    ``/tmp`` is empty and writable, ``/proc`` shows this pid namespace.
    """
    kernel.mount(None, "/", None, _REC | _PRIVATE)
    base = "/tmp"
    kernel.mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    for path in visible:
        _bind(path, base + path)
    for device in _DEVICES:
        _bind(f"/dev/{device}", f"{base}/dev/{device}", flags=_NOSUID | _NOEXEC)
    for name in ("tmp", "proc", "old"):
        os.makedirs(f"{base}/{name}", exist_ok=True)
    kernel.mount("proc", f"{base}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    kernel.mount("tmpfs", f"{base}/tmp", "tmpfs", _NOSUID | _NODEV, f"size={size_mb}m,mode=1777")
    kernel.call("pivot_root", os.fsencode(base), os.fsencode(f"{base}/old"))
    os.chdir("/tmp")
    kernel.umount_detached("/old")
    os.rmdir("/old")
    kernel.mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def private_tmp(size_mb: int) -> None:
    """An empty ``/tmp`` and a ``/proc`` for this sample alone; both vanish with its mount namespace."""
    kernel.mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC | _RDONLY)
    kernel.mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, f"size={size_mb}m,mode=1777,nr_inodes=4k")
    os.chdir("/tmp")


def _bind(source: str, target: str, flags: int = _NOSUID | _NODEV) -> None:
    if not os.path.exists(source):
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    # Flags that the mount below has already (a read-only or nosuid volume) may not be taken away.
    kept = os.statvfs(source).f_flag & (_RDONLY | _NOSUID | _NODEV | _NOEXEC)
    kernel.mount(source, target, None, _BIND)
    kernel.mount(None, target, None, _REMOUNT | _BIND | _RDONLY | flags | kept)
