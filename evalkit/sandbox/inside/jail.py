"""The walls around one process, put up by itself before it runs anything that it was given."""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass, field
from typing import Any

from . import kernel, landlock, library, mounts, seccomp

_MB = 1 << 20
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


@dataclass(frozen=True)
class Walls:
    """What holds at this level; made once, before anything is forked.

    Attributes:
        has_namespaces: whether each sample gets namespaces of its own (levels ``bwrap`` and ``userns``).
        has_filters: whether Landlock and seccomp hold (all levels but ``bare``).
        abi: version of Landlock, 0 without.
        private: folder that a sample with namespaces gets one of its own in place of.
        readable: open folders and files that a sample with namespaces may read.
        ruleset: of Landlock, for all that write no files: checkers, and samples without namespaces; or None.
        base_bytes: address space that the warm interpreter itself has.
        base_rss: resident memory of the warm interpreter, which a sample shares, in bytes.
        other_uid: user that a sample becomes where the warm interpreter is root, or None.
    """

    has_namespaces: bool
    has_filters: bool
    private: str = "/tmp"
    abi: int = 0
    readable: tuple[int, ...] = ()
    ruleset: int | None = None
    base_bytes: int = 0
    base_rss: int = 0
    other_uid: int | None = None
    filters: bytes = field(default=b"", repr=False)

    @property
    def kept(self) -> tuple[int, ...]:
        """Descriptors that a process needs to put up its walls."""
        return self.readable if self.ruleset is None else (*self.readable, self.ruleset)


def raise_walls(
    level: str, visible: list[str], hidden: list[str], private: str, other_uid: int | None
) -> Walls:
    """The walls of ``level``: samples may read ``visible`` without what is ``hidden`` in it.

    Raises:
        OSError: this kernel has not what the level needs.
    """
    has_filters = level != "bare"
    has_namespaces = level in ("bwrap", "userns")
    abi = landlock.version() if has_filters else 0
    # In a root of one's own what is hidden is not there: few rules do, as each sample makes its own.
    readable, listed = (visible, []) if has_namespaces else library.readable(visible, hidden)
    readable = [*readable, *_DEVICES]
    return Walls(
        has_namespaces,
        has_filters,
        private,
        abi,
        tuple(landlock.open_paths(readable)) if has_namespaces else (),
        landlock.make_lasting(abi, readable, listed) if has_filters else None,
        *_memory(),
        other_uid,
        seccomp.program(kernel.machine(), None) if has_filters else b"",
    )


def enclose(walls: Walls, limits: dict[str, Any], tmp: str | None, is_trusted: bool = False) -> None:
    """Put the walls around this process.

    It writes files into a file system of its own where it has namespaces, into ``tmp`` where it has no
    filters, and nowhere else: without namespaces nothing would bound all its files together.

    A checker (``is_trusted``) stays in the namespaces of the warm interpreter and starts no processes.
    """
    has_own_namespaces = walls.has_namespaces and not is_trusted
    if has_own_namespaces:
        kernel.unshare(kernel.CLONE_NEWNS)
        _be_first_to_die()
        mounts.cover_private(walls.private, limits["file_mb"])
    else:
        os.chdir(tmp or "/")
    _set_limits(walls, limits)
    if has_own_namespaces:
        _become_nobody(walls, limits["processes"])
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if walls.has_filters:
        kernel.drop_capabilities()
        _restrict(walls, has_own_namespaces)
        filters = walls.filters if has_own_namespaces else seccomp.program(kernel.machine(), os.getpid())
        seccomp.install(filters)


def _restrict(walls: Walls, has_own_namespaces: bool) -> None:
    if not has_own_namespaces:
        assert walls.ruleset is not None
        landlock.enforce(walls.ruleset)
        return
    ruleset = landlock.make(walls.abi, walls.readable)
    landlock.allow_writing(ruleset, walls.abi, walls.private)
    landlock.enforce(ruleset)
    os.close(ruleset)


def _become_nobody(walls: Walls, processes: int) -> None:
    # The kernel counts processes by user and user namespace, and never those of root: with both of its own,
    # a sample cannot take processes from others, nor escape the count.
    if walls.other_uid is not None:
        os.setgroups([])
        os.setresgid(walls.other_uid, walls.other_uid, walls.other_uid)
        os.setresuid(walls.other_uid, walls.other_uid, walls.other_uid)
    kernel.unshare(kernel.CLONE_NEWUSER)
    # After the namespace is made: a limit that stood before would hold for all samples of this user together.
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))


def _set_limits(walls: Walls, limits: dict[str, Any]) -> None:
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits["file_mb"] * _MB,
        resource.RLIMIT_NOFILE: 64,
        # A backstop: the supervisor ends a sample at its limit to the millisecond.
        resource.RLIMIT_CPU: int(limits["cpu_s"]) + 2,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_AS] = walls.base_bytes + limits["memory_mb"] * _MB
    for name, bound in bounds.items():
        hard = resource.getrlimit(name)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(name, (bound, bound))


def _be_first_to_die() -> None:
    """Under memory pressure the kernel takes a sample, never the warm interpreter."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _memory() -> tuple[int, int]:
    """Address space and resident memory of this process, in bytes."""
    if sys.platform != "linux":
        return 0, 0
    with open("/proc/self/statm") as file:
        size, resident, *_ = (int(pages) * resource.getpagesize() for pages in file.read().split())
    return size, resident
