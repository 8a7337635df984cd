"""Real attempts to break out, made each time a sandbox opens. Each answers ``held`` or how it got out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attempt:
    """One program that tries to get out.

    Attributes:
        name: what it tries.
        body: of ``attempt()``; returns ``held``, or what it got. An exception is a wall that held.
        held_by: reasons to fail that are a wall that held as well.
    """

    name: str
    body: str
    held_by: tuple[str, ...] = ()

    def source(self, traps: dict[str, object]) -> str:
        """The whole program; ``traps`` are names that it can use."""
        settings = "\n".join(f"{name} = {value!r}" for name, value in traps.items())
        body = "\n".join(f"        {line}" for line in self.body.strip("\n").splitlines())
        return (
            f"import os\n{settings}\ndef attempt():\n    try:\n{body}\n"
            "    except (Exception, SystemExit) as error:\n        return 'held'\n    return 'held'\n"
        )


ATTEMPTS = (
    Attempt("reads the user's files", "return 'read ' + open(SECRET).read()"),
    Attempt(
        "reads installed packages",
        """
places = [os.path.dirname(os.__file__), '/usr/lib/python3', '/usr/local/lib/python3']
beside = [os.path.join(place, name) for place in places for name in ('site-packages', 'dist-packages')]
found = list(PACKAGES)
for place in beside:
    for folder, _, names in os.walk(place):
        found += [os.path.join(folder, name) for name in names]
        if len(found) > 1000:
            break
for path in found:
    if INSIDE in path:
        continue
    try:
        open(path, 'rb').close()
    except OSError:
        continue
    return 'read ' + path
""",
    ),
    Attempt(
        "changes what the user's files are",
        """
for change in (lambda: os.chmod(SECRET, 0o777), lambda: os.utime(SECRET, (1, 1))):
    try:
        change()
    except OSError:
        continue
    return 'changed ' + SECRET
""",
    ),
    Attempt(
        "reads the environment",
        """
found = [name for name in os.environ if name not in ('LC_CTYPE', 'PYTHONHASHSEED')]
if found:
    return 'found ' + found[0]
data = open(f'/proc/{PID}/environ', 'rb').read()
if data:
    return f'read {len(data)} bytes of the environment of evalkit'
""",
    ),
    Attempt(
        "writes outside its folder",
        """
for path in OUTSIDE:
    try:
        open(path, 'w').close()
    except OSError:
        continue
    if os.path.dirname(path) != '/tmp':  # That may be the sample's own; what is left behind is seen outside.
        return 'wrote ' + path
""",
    ),
    Attempt(
        "opens a connection",
        """
import socket
socket.create_connection(('127.0.0.1', PORT), 2)
return 'connected to this machine'
""",
    ),
    Attempt(
        "signals other processes",
        """
for pid in {os.getppid(), PID} - {0, 1, os.getpid()}:
    try:
        os.kill(pid, 0)
    except OSError:
        continue
    return f'may signal process {pid}'
""",
    ),
    Attempt(
        "traces other processes",
        """
import ctypes
for pid in {os.getppid(), PID} - {0, 1, os.getpid()}:
    if ctypes.CDLL(None).ptrace(0x4206, pid, 0, 0) == 0:
        return f'traces process {pid}'
""",
    ),
    Attempt(
        "starts a program",
        """
import ctypes
if ctypes.CDLL(None).system(b'exit 7') == 7 << 8:
    return 'ran a shell'
import subprocess, sys
subprocess.run([INTERPRETER, '-S', '-c', '0'], check=True)
return 'ran another interpreter'
""",
    ),
    Attempt(
        "makes namespaces",
        """
import ctypes
if ctypes.CDLL(None).unshare(0x10000000) == 0:
    return 'made a user namespace'
""",
    ),
    Attempt(
        "writes to /proc",
        """
for path in ('/proc/self/oom_score_adj', '/proc/sys/vm/swappiness', f'/proc/{PID}/oom_score_adj'):
    try:
        open(path, 'r+').close()
    except OSError:
        continue
    return 'opened ' + path
""",
    ),
    Attempt(
        "starts processes without end",
        """
import time
n = 0
try:
    while n < 4 * PROCESSES:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        n += 1
except OSError:
    pass
if n > PROCESSES:
    return f'started {n}'
""",
        held_by=("processes",),
    ),
    Attempt(
        "takes all memory",
        """
kept = [bytearray(1 << 20) for _ in range(2 * MEMORY_MB)]
return f'took {len(kept)} MiB'
""",
        held_by=("memory",),
    ),
    Attempt(
        "fills the disk",
        """
import tempfile
n = 0
for at in range(8):
    with open(os.path.join(tempfile.gettempdir(), str(at)), 'wb') as file:
        for _ in range(FILE_MB):
            n += file.write(bytes(1 << 20))
if n > FILE_MB << 20:
    return f'wrote {n >> 20} MiB'
""",
        held_by=("files",),
    ),
)
