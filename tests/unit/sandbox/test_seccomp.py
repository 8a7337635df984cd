"""What the filter answers, by running it as the kernel would."""

from __future__ import annotations

import errno
import struct

import pytest

from evalkit.sandbox.inside import kernel, seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
PID = 4711
MACHINES = ("x86_64", "aarch64")

#: (x86_64, aarch64) numbers of calls that must stay, by asm/unistd_64.h and asm-generic/unistd.h.
STAYS = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "brk": (12, 214),
    "futex": (202, 98),
    "openat": (257, 56),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "clock_gettime": (228, 113),
    "wait4": (61, 260),
    "rt_sigaction": (13, 134),
    "gettid": (186, 178),
}
GOES = {
    "ptrace": (101, 117),
    "socket": (41, 198),
    "connect": (42, 203),
    "execve": (59, 221),
    "execveat": (322, 281),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "setpriority": (141, 140),
    "open_tree_attr": (467, 467),
}
#: What Landlock leaves of the files of the host.
GOES_ON_THE_HOST = {
    "fchmodat": (268, 53),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "truncate": (76, 45),
    "inotify_init1": (294, 26),
}


def answer(filters: bytes, number: int, *arguments: int, machine: str) -> int:
    """What the classic BPF program returns for one call."""
    words = struct.pack("=iIQ6Q", number, kernel.ARCHITECTURES[machine], 0, *(*arguments, *[0] * 6)[:6])
    steps = [struct.unpack_from("=HBBI", filters, at) for at in range(0, len(filters), 8)]
    accumulator = at = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", words, value)
            continue
        holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[
            code
        ]
        at += yes if holds else no


@pytest.fixture(params=[(machine, pid) for machine in MACHINES for pid in (None, PID)], ids=str)
def case(request: pytest.FixtureRequest) -> tuple[str, int | None, bytes]:
    machine, pid = request.param
    return machine, pid, seccomp.program(machine, pid)


def test_what_python_needs_stays_allowed(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    numbers = {name: both[MACHINES.index(machine)] for name, both in STAYS.items()}
    assert {
        name for name, number in numbers.items() if answer(filters, number, machine=machine) != ALLOW
    } == set()


def test_ways_out_are_refused(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    numbers = {name: both[MACHINES.index(machine)] for name, both in GOES.items()}
    assert {
        name for name, number in numbers.items() if answer(filters, number, machine=machine) != EPERM
    } == set()


def test_only_one_in_its_own_namespaces_changes_what_files_are(case: tuple[str, int | None, bytes]) -> None:
    machine, pid, filters = case
    numbers = (both[MACHINES.index(machine)] for both in GOES_ON_THE_HOST.values())
    assert {answer(filters, number, machine=machine) for number in numbers} == {
        ALLOW if pid is None else EPERM
    }


def test_a_pair_of_sockets_carries_streams_between_the_two_alone(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    number = 53 if machine == "x86_64" else 199
    unix, tipc, stream, datagram, raw, packets, closing = 1, 30, 1, 2, 3, 5, 0x80000
    for kind in (stream, packets, stream | closing):
        assert answer(filters, number, unix, kind, machine=machine) == ALLOW
    for domain, kind in ((unix, datagram), (unix, raw), (unix, datagram | closing), (tipc, stream)):
        assert answer(filters, number, domain, kind, machine=machine) == EPERM


def test_no_descriptor_makes_the_kernel_signal_another(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    fcntl, ioctl = (72, 16) if machine == "x86_64" else (25, 29)
    for command in (8, 15):
        assert answer(filters, fcntl, 5, command, machine=machine) == EPERM
    for request in (0x8901, 0x8902):
        assert answer(filters, ioctl, 5, request, machine=machine) == EPERM
    assert answer(filters, fcntl, 5, 1030, machine=machine) == ALLOW


def test_calls_that_nobody_knew_and_clone3_are_not_there(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    for number in (435, 470, 600):
        assert answer(filters, number, machine=machine) == ENOSYS


def test_a_process_among_others_signals_itself_alone_and_starts_threads_alone() -> None:
    for machine, kill, clone in (("x86_64", 62, 56), ("aarch64", 129, 220)):
        filters = seccomp.program(machine, PID)
        assert answer(filters, kill, PID, machine=machine) == ALLOW
        for other in (PID + 1, 1, 0, 0xFFFFFFFF):
            assert answer(filters, kill, other, machine=machine) == EPERM
        assert answer(filters, clone, 0x00010000 | 0x100, machine=machine) == ALLOW
        assert answer(filters, clone, 17, machine=machine) == EPERM


def test_a_process_in_its_own_namespace_forks_but_makes_no_namespaces() -> None:
    for machine, clone in (("x86_64", 56), ("aarch64", 220)):
        filters = seccomp.program(machine, None)
        assert answer(filters, clone, 17, machine=machine) == ALLOW
        assert answer(filters, clone, 0x10000000, machine=machine) == EPERM


def test_no_sample_keeps_itself_alive_or_limits_others(case: tuple[str, int | None, bytes]) -> None:
    machine, _, filters = case
    prctl, prlimit = (157, 302) if machine == "x86_64" else (167, 261)
    assert answer(filters, prctl, 1, machine=machine) == EPERM
    assert answer(filters, prctl, 15, machine=machine) == ALLOW
    assert answer(filters, prlimit, 0, machine=machine) == ALLOW
    assert answer(filters, prlimit, PID + 1, machine=machine) == EPERM


def test_another_architecture_is_killed() -> None:
    assert answer(seccomp.program("x86_64", None), 0, machine="aarch64") == KILL
    assert answer(seccomp.program("x86_64", None), 0x40000000, machine="x86_64") == KILL


def test_the_filter_is_as_short_as_the_kernel_asks() -> None:
    assert all(len(seccomp.program(machine, PID)) // 8 < 4096 for machine in MACHINES)
