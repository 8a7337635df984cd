"""Landlock: which files a process may touch from now on (docs.kernel.org/userspace-api/landlock.html)."""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
import struct
from collections.abc import Iterable

from . import kernel

_CREATE_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_MAKE_CHAR, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 10, 1 << 11
_REFER = 1 << 13
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15

READ = _READ_FILE | _READ_DIR
_ALL_OF_ABI_1 = (1 << 13) - 1
#: All of a folder of one's own, but no devices, sockets, pipes or programs.
_WRITE = _ALL_OF_ABI_1 & ~(_EXECUTE | _MAKE_CHAR | _MAKE_SOCK | _MAKE_FIFO | _MAKE_BLOCK)

_BOTH_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def version() -> int:
    """The kernel's Landlock ABI, 1 or more.

    Raises:
        OSError: this kernel has none, or it is switched off.
    """
    return kernel.call("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint32(_CREATE_VERSION))


def handled(abi: int) -> bytes:
    """The attribute of a ruleset that forbids all that ``abi`` can forbid."""
    files = _ALL_OF_ABI_1
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        files |= right if abi >= since else 0
    network = _BOTH_TCP if abi >= 4 else 0
    scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    fields = struct.pack("=QQQ", files, network, scoped)
    return fields if abi >= 6 else fields[:16] if abi >= 4 else fields[:8]


def make(abi: int, readable: Iterable[int]) -> int:
    """A ruleset that leaves reading beneath ``readable`` (open folders and files); its descriptor."""
    attribute = handled(abi)
    ruleset = kernel.call(
        "landlock_create_ruleset", attribute, ctypes.c_size_t(len(attribute)), ctypes.c_uint32(0)
    )
    for fd in readable:
        _allow(ruleset, fd, READ)
    return ruleset


def make_lasting(abi: int, readable: Iterable[str], listed: Iterable[str]) -> int:
    """A ruleset for any number of processes that write nothing; its descriptor is 10 or above.

    Files can be read beneath ``readable``; names alone, of files and folders, beneath ``listed``.
    """
    made = make(abi, ())
    for paths, rights in ((readable, READ), (listed, _READ_DIR)):
        for path in filter(os.path.exists, paths):
            _allow_path(made, path, rights)
    kept = fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(made)
    return kept


def allow_writing(ruleset: int, abi: int, folder: str) -> None:
    """Leave nearly everything beneath ``folder`` as well."""
    _allow_path(ruleset, folder, _WRITE | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0))


def enforce(ruleset: int) -> None:
    """Hold this process to it, for good; no_new_privs must be set already."""
    kernel.call("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint32(0))


def open_paths(paths: Iterable[str]) -> list[int]:
    """Descriptors for ``make``, of those of ``paths`` that exist; kept open for as many calls as wanted.

    None is below 10: a forked sample gives those numbers to descriptors of its own.
    """
    found = []
    for path in filter(os.path.exists, paths):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        found.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(fd)
    return found


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    _allow(ruleset, fd, rights)
    os.close(fd)


def _allow(ruleset: int, fd: int, rights: int) -> None:
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= _READ_FILE | _WRITE_FILE
    rule = struct.pack("=Qi", rights, fd)
    kernel.call(
        "landlock_add_rule", ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)
    )
