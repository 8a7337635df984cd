"""A seccomp filter: which system calls a process may still make (seccomp(2), linux/seccomp.h), built by hand.

What is forbidden answers "not permitted", so that Python raises instead of dying. The numbers are those of
asm/unistd_64.h (x86-64) and asm-generic/unistd.h (arm64); what is new since 5.0 has one number everywhere.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from . import kernel

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
#: From here on no call had been given a number when this was written.
_UNKNOWN_FROM = 470

#: Forbidden whatever their arguments, on (x86_64, aarch64); None where the machine has no such call.
_FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # Other processes: reading, stopping, slowing or moving them.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "tkill": (200, 130),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    # Networks. A socketpair of streams stays: it reaches nobody.
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept4": (288, 242),
    # Programs: no shell, no other interpreter.
    "execve": (59, 221),
    "execveat": (322, 281),
    # Namespaces, mounts and roots.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    # Memory and messages that outlive a process or that no limit counts.
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # The kernel and the clock.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "personality": (135, 92),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "vhangup": (153, 58),
}
#: Forbidden besides where the files of the host can be named: Landlock leaves these (landlock(7)).
_FORBIDDEN_ON_THE_HOST: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "truncate": (76, 45),  # Landlock knows it from its version 3 on.
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
}
_PRCTL, _PRLIMIT, _KILL_CALL, _TGKILL = (157, 167), (302, 261), (62, 129), (234, 131)
_CLONE, _CLONE3, _FORK, _VFORK, _IOCTL = (56, 220), (435, 435), (57, None), (58, None), (16, 29)
_CLONE_THREAD = 0x00010000
_NEW_NAMESPACES = 0x7E020080
_PR_SET_PDEATHSIG, _PR_SET_MM, _PR_SET_PTRACER = 1, 35, 0x59616D61
_SOCKETPAIR, _FCNTL = (53, 199), (72, 25)
_AF_UNIX, _DATAGRAM_BIT = 1, 2
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# Whom the kernel signals when a descriptor is ready: with it a signal of one's choice reaches any process.
_F_SETOWN, _F_SETOWN_EX, _FIOSETOWN, _SIOCSPGRP = 8, 15, 0x8901, 0x8902

Instruction = tuple[int, int, int, int]
_REFUSE: Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
_PASS: Instruction = (_RETURN, 0, 0, _ALLOW)
_NAMESPACES: list[Instruction] = [
    (_LOAD, 0, 0, _ARGUMENTS_AT),
    (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
    _REFUSE,
]


def program(machine: str, pid: int | None) -> bytes:
    """The filter as the kernel reads it.

    Args:
        machine: ``x86_64`` or ``aarch64``.
        pid: where the process shares its pid namespace with others, its own pid: it may signal itself alone
            and start threads alone. None where the namespace is its own.
    """
    column = 0 if machine == "x86_64" else 1
    filters: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, kernel.ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        filters += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    filters += [(_AT_LEAST, 0, 1, _UNKNOWN_FROM), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    # glibc falls back to clone, whose flags a filter can read.
    filters += _when(_CLONE3[column], [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)])
    for numbers in (_FORBIDDEN if pid is None else {**_FORBIDDEN, **_FORBIDDEN_ON_THE_HOST}).values():
        filters += _when(numbers[column], [_REFUSE])
    filters += _by_argument(column, pid)
    filters += _among_others(column, pid) if pid is not None else _when(_CLONE[column], [*_NAMESPACES, _PASS])
    filters.append(_PASS)
    return b"".join(struct.pack("=HBBI", *each) for each in filters)


def _by_argument(column: int, pid: int | None) -> list[Instruction]:
    """Calls that are refused for what they ask."""
    return [
        *_when(_PRCTL[column], _unless_argument(0, (_PR_SET_PDEATHSIG, _PR_SET_MM, _PR_SET_PTRACER))),
        *_when(_IOCTL[column], _unless_argument(1, (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP))),
        *_when(_FCNTL[column], _unless_argument(1, (_F_SETOWN, _F_SETOWN_EX))),
        *_when(_PRLIMIT[column], _only_argument(0, (0,) if pid is None else (0, pid))),
        *_when(_SOCKETPAIR[column], _pair_of_streams()),
    ]


def _among_others(column: int, pid: int) -> list[Instruction]:
    """Threads and signals to itself alone."""
    threads = [(_ANY_BIT, 1, 0, _CLONE_THREAD), _REFUSE]
    return [
        *_when(_CLONE[column], [*_NAMESPACES, *threads, _PASS]),
        *_when(_FORK[column], [_REFUSE]),
        *_when(_VFORK[column], [_REFUSE]),
        *_when(_KILL_CALL[column], _only_argument(0, (pid,))),
        *_when(_TGKILL[column], _only_argument(0, (pid,))),
    ]


def _when(number: int | None, then: list[Instruction]) -> list[Instruction]:
    """``then`` where the call is ``number``. Every ``then`` ends with a return, so it stays loaded."""
    return [] if number is None else [(_EQUAL, 0, len(then), number), *then]


def _unless_argument(index: int, values: tuple[int, ...]) -> list[Instruction]:
    checks = [step for value in values for step in ((_EQUAL, 0, 1, value), _REFUSE)]
    return [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index), *checks, _PASS]


def _only_argument(index: int, values: tuple[int, ...]) -> list[Instruction]:
    checks = [step for value in values for step in ((_EQUAL, 0, 1, value), _PASS)]
    return [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index), *checks, _REFUSE]


def _pair_of_streams() -> list[Instruction]:
    """A datagram socket, paired or not, may send to every socket that has a name."""
    return [
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_EQUAL, 1, 0, _AF_UNIX),
        _REFUSE,
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8),
        (_ANY_BIT, 0, 1, _DATAGRAM_BIT),
        _REFUSE,
        _PASS,
    ]


def install(filters: bytes) -> None:
    """Put the filter on this process and all that it starts, for good; no_new_privs must be set already."""
    code = ctypes.create_string_buffer(filters, len(filters))
    header = struct.pack("=HxxxxxxQ", len(filters) // 8, ctypes.addressof(code))
    buffer = ctypes.create_string_buffer(header, len(header))
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.addressof(buffer))
