"""A user namespace of one's own, in which this process may do what only root may do outside."""

from __future__ import annotations

import os

from . import kernel

#: First of the users of the host that users 1 to 65535 inside are, where root can give them away.
_FIRST_OTHER = 0x40000000
_N_OTHERS = 65535
#: The user inside that samples become.
SAMPLE_UID = 1000


def enter_user_namespace() -> int | None:
    """Become root in a new user namespace; the user that samples are to become there, or None for the same.

    Raises:
        OSError: this system does not let its users make user namespaces.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        kernel.unshare(kernel.CLONE_NEWUSER)
        _map("self", f"0 {uid} 1", f"0 {gid} 1", may_set_groups=False)
        return None
    return SAMPLE_UID if _be_mapped() else None


def _be_mapped() -> bool:
    """As root: have a second process, still outside, write the maps. Whether they hold further users."""
    told, tell = os.pipe()
    target = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        os.read(told, 1)
        os._exit(_mapped_from_outside(target))
    os.close(told)
    kernel.unshare(kernel.CLONE_NEWUSER)
    os.close(tell)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code > 1:
        raise OSError(code, f"uid_map: {os.strerror(code)}")
    return code == 0


def _mapped_from_outside(target: int) -> int:
    wide = f"0 0 1\n1 {_FIRST_OTHER} {_N_OTHERS}"
    try:
        _map(str(target), wide, wide, may_set_groups=True)
        return 0
    except OSError:
        pass
    try:
        _map(str(target), "0 0 1", "0 0 1", may_set_groups=False)
        return 1
    except OSError as error:
        return max(error.errno or 2, 2)


def _map(process: str, users: str, groups: str, may_set_groups: bool) -> None:
    if not may_set_groups:
        _write(f"/proc/{process}/setgroups", "deny")
    _write(f"/proc/{process}/gid_map", groups)
    _write(f"/proc/{process}/uid_map", users)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
