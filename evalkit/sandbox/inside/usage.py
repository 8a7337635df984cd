"""What processes have used so far, as Linux counts it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

_IS_LINUX = sys.platform == "linux"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Usage:
    """Of one process and all that it started.

    Attributes:
        cpu_s: processor time, in seconds.
        tasks: processes and threads alive.
        rss: resident memory of all, one number for each process, in bytes.
    """

    cpu_s: float = 0.0
    tasks: int = 0
    rss: tuple[int, ...] = ()


def cpu_of(pid: int) -> float:
    """Processor time of one process alone, in seconds; 0 where it is gone or the system does not say."""
    if not _IS_LINUX:
        return 0.0
    try:
        # The clock of another process (clock_getcpuclockid(3)): its pid inverted, and 0b010: scheduler.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def waited_of(pid: int) -> float:
    """Seconds for which the process was ready to run and got no processor."""
    if not _IS_LINUX:
        return 0.0
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def has_gone(pid: int) -> bool:
    """Whether the process has ended and been reaped, so that what is read of it is nothing."""
    return _IS_LINUX and not os.path.exists(f"/proc/{pid}")


def is_busy(pid: int) -> bool:
    """Whether the process computes, waits for a processor or for a disk."""
    if not _IS_LINUX:
        return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"R", b"D")
    except (OSError, IndexError):
        return False


def usages(pids: Iterable[int]) -> dict[int, Usage]:
    """For each of ``pids`` what it and all below it use; those that are gone are left out."""
    wanted = set(pids)
    stats = _stats() if _IS_LINUX and wanted else {}
    found: dict[int, Usage] = {}
    for pid, (_, ticks, tasks, pages) in stats.items():
        root = _root(pid, wanted, stats)
        if root is not None:
            usage = found.setdefault(root, Usage())
            usage.cpu_s += ticks / _TICKS
            usage.tasks += tasks
            usage.rss += (pages * _PAGE,)
    return found


def descendants(pid: int) -> list[int]:
    """Pids of all that ``pid`` has started, and that these have."""
    stats = _stats() if _IS_LINUX else {}
    return [each for each in stats if each != pid and _root(each, {pid}, stats) == pid]


_Stat = tuple[int, int, int, int]


def _root(pid: int, wanted: set[int], stats: dict[int, _Stat]) -> int | None:
    while pid not in wanted:
        if pid not in stats:
            return None
        pid = stats[pid][0]
    return pid


def _stats() -> dict[int, _Stat]:
    """By pid: parent, ticks of itself and of dead children, threads, resident pages (proc(5), ``stat``)."""
    found: dict[int, _Stat] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        ticks = sum(int(field) for field in fields[11:15])
        found[int(name)] = (int(fields[1]), ticks, int(fields[17]), int(fields[21]))
    return found
