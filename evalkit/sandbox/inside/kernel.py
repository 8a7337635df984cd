"""The system calls that the standard library has no names for, by number, on x86-64 and arm64 Linux."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

#: The architecture as seccomp filters see it (linux/audit.h).
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

#: Names to numbers on (x86_64, aarch64).
_CALLS = {
    "capset": (126, 91),
    "pivot_root": (155, 41),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# Holds the interpreter's lock while it calls.
_locked_libc = ctypes.PyDLL(None) if sys.platform == "linux" else None


def machine() -> str:
    """``x86_64`` or ``aarch64``; other machines have no table of numbers here.

    Raises:
        OSError: there is no table for this system.
    """
    name = platform.machine()
    if sys.platform != "linux" or name not in ARCHITECTURES:
        raise OSError(f"no table of system calls for {sys.platform} on {name}")
    return name


def call(name: str, *arguments: object) -> int:
    """A system call of ``_CALLS``; its result.

    Raises:
        OSError: the kernel refused; its number is in ``errno``.
    """
    number = _CALLS[name][0 if machine() == "x86_64" else 1]
    return _checked("syscall", ctypes.c_long(number), *arguments, what=name)


def fork() -> int:
    """fork(2) for an interpreter with one thread, as ours are, at half the cost of os.fork; 0 in the child.

    os.fork also renews locks and draws new random seeds. With one thread there is nothing to renew, and
    without new seeds a sample gets the same random numbers each time.
    """
    if _locked_libc is None:
        return os.fork()
    pid = int(_locked_libc.fork())
    if pid < 0:
        raise OSError("fork: no more processes")
    return pid


def prctl(option: int, *arguments: int) -> None:
    """prctl(2), with unsigned long arguments."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _checked("prctl", option, *padded)


def unshare(flags: int) -> None:
    """unshare(2): os.unshare came with Python 3.12 only."""
    _checked("unshare", flags)


def setns(fd: int, flags: int) -> None:
    """setns(2): os.setns came with Python 3.12 only."""
    _checked("setns", fd, flags)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2)."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _checked("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3], what=f"mount {target}")


def umount_detached(target: str) -> None:
    """umount2(2) with MNT_DETACH."""
    _checked("umount2", os.fsencode(target), 2)


def drop_capabilities() -> None:
    """Give up every capability; with no_new_privs set none comes back."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def _checked(function: str, *arguments: object, what: str | None = None) -> int:
    if _libc is None:
        raise OSError(f"{function} needs Linux")
    result = int(getattr(_libc, function)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what or function}: {os.strerror(number)}")
    return result
