"""Programs that reach for what is not theirs: files, processes, memory, the time of others. None gets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from evalkit.sandbox import paths
from evalkit.sandbox.inside import usage
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, judged, opened

#: What each program gives back where it got what it wants.
CHECK = "assert f(1) == 'got it'"
LIMITS = Limits(cpu_s=0.5, wall_s=1.0, memory_mb=128, file_mb=2, processes=8, output_kb=64)
HEAD = "import ctypes, fcntl, mmap, os, resource, signal, socket, sys, tempfile, threading, time\n"
LIBC = "libc = ctypes.CDLL(None, use_errno=True)\n"


@pytest.fixture(scope="module")
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user, which nothing may reach."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], env={"SECRET": "1"})
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="module", params=WALLS)
def sandbox(request: pytest.FixtureRequest, bystander: object) -> Iterator[Sandbox]:
    yield from opened(request.param, workers=1)


def tries(body: str, before: str = "") -> str:
    """A program whose function does ``body`` and gives back what gives away that it worked."""
    indented = "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())
    return f"{HEAD}{dedent(before)}\ndef f(x):\n{indented}\n"


READING = {
    "a file of the system": "open('/etc/passwd').read(1)",
    "a file by way of /proc": "open('/proc/self/root/etc/passwd').read(1)",
    "a file by way of another's root": "open(f'/proc/{PID}/root/etc/passwd').read(1)",
    "a file above its folder": "open('../' * 20 + 'etc/passwd').read(1)",
    "the environment of another": "open(f'/proc/{PID}/environ').read(1)[0]",
    "the memory of another": "open(f'/proc/{PID}/maps').read(1)[0]",
    "the descriptors of another": "os.listdir(f'/proc/{PID}/fd')[0]",
    "a descriptor of the one above": "os.open(f'/proc/{os.getppid()}/fd/0', os.O_RDONLY)",
    "the command line of evalkit": "open(f'/proc/{PID}/cmdline').read(1)[0]",
    "evalkit itself": "open(EVALKIT).read(1)",
    "the packages of evalkit": "open(PYTEST).read(1)",
    "a file by a link to it": "os.symlink('/etc/passwd', 'link'); open('link').read(1)",
    "a file by another name": "os.link('/etc/passwd', 'other'); open('other').read(1)",
    "a file by its number": LIBC + "if libc.open_by_handle_at(-100, bytes(64), 0) < 0: raise OSError",
    "a folder": "os.listdir('/etc')[0]",
    "the home of the user": "os.listdir(HOME)[0]",
    "shared memory": "open('/dev/shm/evalkit-probe', 'x').write('x')",
    "the memory of the machine": "open('/dev/mem', 'rb').read(1)",
    "what the kernel says": LIBC + "if libc.klogctl(3, bytes(99), 99) <= 0: raise OSError",
}
KILLING = {
    "a bystander": "os.kill(PID, 0)",
    "the group of a bystander": "os.killpg(os.getpgid(PID), 0)",
    "whoever is above": "if os.getppid() == 0: raise OSError\nos.kill(os.getppid(), 0)",
    "everybody": "if os.getpid() == 1: raise OSError\nos.kill(-1, 0)",
    "a bystander by a thread": LIBC + "if libc.tgkill(PID, PID, 0) != 0: raise OSError",
    "by a message": LIBC + "if libc.sigqueue(PID, 0, None) != 0: raise OSError",
    "by a descriptor of it": "signal.pidfd_send_signal(os.pidfd_open(PID), 0)",
    "by a descriptor that is ready": "fcntl.fcntl(0, fcntl.F_SETOWN, PID)",
    "by tracing": LIBC + "if libc.ptrace(0x4206, PID, 0, 0) != 0: raise OSError",
    "by writing its memory": "open(f'/proc/{PID}/mem', 'r+b').read(1)",
    "by its limits": "resource.prlimit(PID, resource.RLIMIT_CPU, (1, 1))",
    "by its priority": "os.setpriority(os.PRIO_PROCESS, PID, 19)",
    "by its processors": "os.sched_setaffinity(PID, {0})",
    "by having it die first": "open(f'/proc/{PID}/oom_score_adj', 'w').write('1000')",
}
TAKING = {
    "memory by a map": "mmap.mmap(-1, 1 << 30)",
    "memory by bytes": "bytes(1 << 30)",
    "memory in threads": """
        kept = []
        def take():
            while len(kept) < 400: kept.append(bytes(1 << 20))
        threads = [threading.Thread(target=take) for _ in range(4)]
        [each.start() for each in threads], [each.join() for each in threads]
        if len(kept) < 400: raise OSError
    """,
    "memory behind a file": LIBC + "if libc.memfd_create(b'x', 0) < 0: raise OSError",
    "memory that outlives it": LIBC + "if libc.shmget(0, 1 << 20, 0o1777) < 0: raise OSError",
    "descriptors": "[os.dup(0) for _ in range(1000)]",
    "pipes": "[os.pipe() for _ in range(500)]",
    "a large file": "open('x', 'wb').write(bytes(64 << 20))",
    "many large files": "[open(str(n), 'wb').write(bytes(1 << 20)) for n in range(64)]",
    "many files": "[open(str(n), 'x').close() for n in range(5000)]",
    "threads": """
        threading.stack_size(32768)
        for _ in range(3000): threading.Thread(target=time.sleep, args=(60,)).start()
    """,
    "processes": """
        for _ in range(100):
            if os.fork() == 0: time.sleep(60)
    """,
    "processes in other sessions": """
        for _ in range(100):
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
    """,
    "a shell": "if os.system('true') != 0: raise OSError",
    "another program": "os.posix_spawn('/bin/true', ['true'], {})\nif os.wait()[1] != 0: raise OSError",
    "a higher limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))",
    "a network": "socket.socket()",
    "a name in the network of the kernel": "socket.socket(socket.AF_UNIX).bind('\\0x')",
    "a namespace": LIBC + "if libc.unshare(0x10000000) != 0: raise OSError",
    "a mount": LIBC + "if libc.mount(b'x', b'/tmp', b'tmpfs', 0, None) != 0: raise OSError",
    "another root": "os.chroot('/tmp')",
    "another user": "os.setuid((os.getuid() + 1) % 65536)",
    "rights": LIBC
    + "if libc.capset(bytes.fromhex('22050820') + bytes(4), b'\\xff' * 24) != 0: raise OSError",
    "its own pardon": "open('/proc/self/oom_score_adj', 'w').write('-1000')",
}
FILLING = {
    "its output": "import os\nwhile True: os.write(1, bytes(1 << 16))",
    "its output by many": """
        import os, threading, time
        def fill():
            while True: os.write(2, bytes(1 << 16))
        [threading.Thread(target=fill).start() for _ in range(4)]
        time.sleep(60)
    """,
    "its channel": "import os\nwhile True: os.write(3, bytes(1 << 16))",
    "its output, which it takes away": """
        import os, threading, time
        thief = os.open('/proc/self/fd/1', os.O_RDONLY)
        def steal():
            while True: os.read(thief, 1)
        def write():
            while True:
                os.write(1, b'x')
                time.sleep(0)
        [threading.Thread(target=each, daemon=True).start() for each in (steal, write, write)]
        time.sleep(60)
    """,
    "the wait for its end": """
        import os, signal, time
        def f(x):
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(60)
    """,
    "the wait for its threads": """
        import os, threading, time
        [threading.Thread(target=time.sleep, args=(60,)).start() for _ in range(4)]
        def f(x): time.sleep(60)
    """,
}


@pytest.mark.parametrize(
    "body",
    [body for group in (READING, KILLING, TAKING) for body in group.values()],
    ids=[name for group in (READING, KILLING, TAKING) for name in group],
)
def test_what_is_not_its_own_is_not_to_be_had(
    sandbox: Sandbox, bystander: subprocess.Popen[bytes], body: str
) -> None:
    traps = {
        "PID": bystander.pid,
        "HOME": os.path.expanduser("~"),
        "EVALKIT": str(paths.ROOT / "open.py"),
        "PYTEST": pytest.__file__,
    }
    settings = "".join(f"{name} = {value!r}\n" for name, value in traps.items())
    outcome = sandbox.run(
        Program(tries(dedent(body).strip() + "\nreturn 'got it'", settings), CHECK, "f"), LIMITS
    )
    assert outcome.status == "failed"
    assert bystander.poll() is None


@pytest.mark.parametrize("source", FILLING.values(), ids=FILLING)
def test_who_fills_what_others_wait_at_is_ended_and_they_go_on(sandbox: Sandbox, source: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        foul = [pool.submit(sandbox.run, Program(dedent(source), CHECK, "f"), LIMITS) for _ in range(2)]
        others = [pool.submit(judged, sandbox, "def f(x): return 2") for _ in range(4)]
        assert {each.result().reason for each in others} == {"passed"}
        assert {each.result().status for each in foul} == {"failed"}


STAYING = {
    "a daemon": """
        import os, time
        def f(x):
            try:
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0: time.sleep(600)
                    os._exit(0)
            except OSError: pass
            return 'got it'
    """,
    "one that minds no signal": """
        import os, signal, time
        def f(x):
            for n in range(1, 65):
                try: signal.signal(n, signal.SIG_IGN)
                except (OSError, ValueError): pass
            try:
                if os.fork() == 0: time.sleep(600)
            except OSError: pass
            return 'got it'
    """,
    "one that works at its end": """
        import atexit, time
        atexit.register(time.sleep, 600)
        def f(x): return 'got it'
    """,
    "one that keeps its output": """
        import os, time
        def f(x):
            try:
                if os.fork() == 0:
                    while True: time.sleep(0.01)
            except OSError: pass
            return 'got it'
    """,
    "a thread that writes on": """
        import os, threading, time
        def write():
            while True:
                os.write(1, b'x')
                time.sleep(0.001)
        threading.Thread(target=write).start()
        def f(x): return 'got it'
    """,
}


@pytest.mark.parametrize("source", STAYING.values(), ids=STAYING)
def test_what_a_program_leaves_behind_ends_with_it(sandbox: Sandbox, source: str) -> None:
    assert judged(sandbox, "def f(x): return 2").passed
    before = len(usage.descendants(os.getpid()))
    assert sandbox.run(Program(dedent(source), CHECK, "f"), LIMITS).passed
    until = time.monotonic() + 300
    while len(usage.descendants(os.getpid())) > before:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_that_is_stopped_from_outside_is_given_up_and_takes_nobody_along(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(1) as pool:
        mine = set(usage.descendants(os.getpid()))
        sleeper = pool.submit(sandbox.run, Program("import time\ntime.sleep(60)", CHECK, "f"), LIMITS)
        until = time.monotonic() + 300
        while not (new := set(usage.descendants(os.getpid())) - mine) and time.monotonic() < until:
            time.sleep(0.01)
        for pid in new:
            os.kill(pid, signal.SIGSTOP)
        assert judged(sandbox, "def f(x): return 2").passed
        assert sleeper.result().status == "failed"
