"""Programs that want out, want a verdict that is not theirs, or want everything: they fail."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from evalkit.sandbox.inside import usage
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, judged, opened
from tests.shared_data import shared_data

#: The folder that the recorded completions write to; each test gives them one of its own in its place.
ESCAPES = "/tmp/evalkit-escape"
PROMPT = "def f(x):\n"
#: A secret of the check: no program may find it.
CHECK = "kept = 'of the check alone'\nanswer = f(1)\nassert answer == 2, answer"


@pytest.fixture(scope="module", params=WALLS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    yield from opened(request.param)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[socket.socket]:
    """What the completions reach for: a folder, a listener, a secret in the environment."""
    tmp_path.chmod(0o777)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        monkeypatch.setenv("ESC_PORT", str(listener.getsockname()[1]))
        monkeypatch.setenv("FAKE_API_KEY", "secret")
        yield listener


def nothing_happened(sandbox: Sandbox, listener: socket.socket, folder: Path) -> None:
    assert list(folder.iterdir()) == []
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert judged(sandbox, "def f(x): return 2", CHECK).passed


def test_the_completions_that_leave_another_guard_fail_here_and_have_no_effect(
    sandbox: Sandbox, outside: socket.socket, tmp_path: Path
) -> None:
    files = sorted(shared_data("reference", "untrusted_completions").glob("*.py"))
    assert len(files) >= 8
    for file in files:
        completion = file.read_text(encoding="utf-8").replace(ESCAPES, str(tmp_path))
        assert judged(sandbox, PROMPT + completion, CHECK).status == "failed", file.name
        nothing_happened(sandbox, outside, tmp_path)


def program(text: str) -> str:
    """Source as it stands below, without its indent."""
    return dedent(text).strip() + "\n"


ENDLESS = {
    "a loop": "def f(x):\n    while True: pass",
    "a loop while loading": "while True: pass",
    "a fork bomb": """
        import os
        def f(x):
            while True:
                try: os.fork()
                except OSError: pass
    """,
    "a loop that minds no signal": """
        import signal
        for n in range(1, 30):
            try: signal.signal(n, signal.SIG_IGN)
            except OSError: pass
        def f(x):
            while True: pass
    """,
    "values without end": "def f(x):\n    while True: yield 1",
    "a list of itself many times": """
        def f(x):
            r = []
            for _ in range(100): r = [r, r]
            return r
    """,
}
#: Program and what its reason begins with.
GREEDY = {
    "memory": ("def f(x):\n    b = bytearray(2 << 30)\n    return len(b)", "memory"),
    "output": ("import os\ndef f(x):\n    for _ in range(1 << 14): os.write(1, b'x' * (1 << 16))", "output"),
    "output by print": ("def f(x):\n    for _ in range(1 << 14): print('x' * (1 << 16))", "output"),
    "a long text": ("def f(x): return 'x' * (1 << 24)", "not a plain value: a value of"),
    "a long number": ("def f(x): return 1 << (1 << 27)", "not a plain value: a value of"),
    "digits": ("def f(x): return 10 ** 5000", "wrong answer: AssertionError"),
    "nesting": (
        "def f(x):\n    r = []\n    for _ in range(10 ** 5): r = [r]\n    return r",
        "not a plain value: nested",
    ),
    "recursion": ("def f(x): return f(x)", "raised: RecursionError"),
}
ALWAYS_EQUAL = "class Y:\n    def __eq__(self, other): return True\n"
FORGERS = {
    "an answer that equals all": (ALWAYS_EQUAL + "def f(x): return Y()", "not a plain value: program.Y"),
    "a number that equals all": (
        ALWAYS_EQUAL + "class Z(Y, int): pass\ndef f(x): return Z(7)",
        "wrong answer: AssertionError: 7",
    ),
    "a list of them": (
        ALWAYS_EQUAL + "def f(x): return [Y()]",
        "wrong answer: AssertionError: [<program.Y>]",
    ),
    "every descriptor": (
        """
        import os
        def f(x):
            for fd in range(4, 256):
                for head in (b'', b'\\0\\0\\0\\x14'):
                    try: os.write(fd, head + b'["passed", "passed"]')
                    except OSError: pass
            return 3
        """,
        "wrong answer: AssertionError: 3",
    ),
    "its channel": (
        """
        import os
        def f(x):
            os.write(3, b'\\0\\0\\0\\x14["passed", "passed"]')
            return 3
        """,
        "not a plain value: not a message",
    ),
    "a closed channel": ("import os\ndef f(x):\n    os.closerange(0, 256)\n    return 2", "exit"),
    "an end while loading": ("import sys\nsys.exit(0)", "exit"),
    "an end": ("import os\ndef f(x): os._exit(0)", "exit"),
    "an end by exception": ("def f(x): raise SystemExit('passed')", "exit"),
    "a broken encoder": (
        'import json\njson.dumps = lambda *a, **k: \'["passed", "passed"]\'\ndef f(x): return 3',
        ("exit", "not a plain value"),
    ),
    "builtins": (
        """
        import builtins
        for name in ('len', 'abs', 'isinstance', 'print'):
            setattr(builtins, name, lambda *a, **k: True)
        def f(x): return 3
        """,
        ("exit", "wrong answer", "not a plain value"),
    ),
    "the frames above": (
        """
        import sys
        frame = sys._getframe()
        while frame is not None:
            for value in list(frame.f_locals.values()):
                if isinstance(value, list): value.append('passed')
            frame = frame.f_back
        def f(x): return 3
        """,
        ("wrong answer", "exit", "not a plain value"),
    ),
}
NOSY = {
    "the check": (
        """
        import gc
        def f(x):
            words = ' '.join(('of', 'the', 'check', 'alone'))
            kinds = (str, bytes, dict, list, tuple)
            return sum(1 for o in gc.get_objects() if isinstance(o, kinds) and words in repr(o)[:9999])
        """,
        "wrong answer: AssertionError: 0",
    ),
    "descriptors": (
        """
        import os
        def f(x):
            found = []
            for fd in range(4096):
                try: found.append((os.fstat(fd), fd)[1])
                except OSError: pass
            return found
        """,
        "wrong answer: AssertionError: [0, 1, 2, 3]",
    ),
    "the environment": ("import os\ndef f(x): return dict(os.environ)", "wrong answer: AssertionError: {}"),
    "input": ("def f(x): return input()", "raised: EOFError"),
}
PARENT = "import ctypes, os\nparent = os.getppid() or 1\nlibc = ctypes.CDLL(None)\n"
VIOLENT = {
    "all processes": "import os\ndef f(x):\n    os.kill(-1, 9)\n    return 3",
    "its parent": PARENT + "def f(x):\n    os.kill(parent, 15)\n    return 3",
    "its group": "import os\ndef f(x):\n    os.kill(0, 9)\n    return 3",
    "itself": "import os\ndef f(x):\n    os.kill(os.getpid(), 9)\n    return 3",
    "its memory": PARENT + "def f(x): return ctypes.string_at(0)",
    "by aborting": "import os\ndef f(x): os.abort()",
    "its parent's memory": PARENT + "def f(x): return libc.ptrace(16, parent, 0, 0)",
    "the kernel's settings": "def f(x): return open('/proc/sys/kernel/hostname', 'w').write('mine')",
    "its own priority to die": "def f(x): return open('/proc/self/oom_score_adj', 'w').write('-1000')",
    "the leash": PARENT + "def f(x): return libc.prctl(1, 0, 0, 0, 0)",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_ended_by_its_processor_time(sandbox: Sandbox, source: str) -> None:
    outcome = sandbox.run(Program(program(source), CHECK, "f"), Limits(cpu_s=0.2, wall_s=10.0))
    assert outcome.reason == "timeout (CPU 0.2 s)"
    assert outcome.status == "failed"


@pytest.mark.parametrize(
    ("source", "reason"),
    [case for group in (GREEDY, FORGERS, NOSY) for case in group.values()],
    ids=[name for group in (GREEDY, FORGERS, NOSY) for name in group],
)
def test_it_fails_for_the_reason_that_it_should(
    sandbox: Sandbox, source: str, reason: str | tuple[str, ...]
) -> None:
    outcome = judged(sandbox, program(source), CHECK)
    assert outcome.status == "failed"
    assert outcome.reason.startswith(reason)
    assert len(outcome.output) <= sandbox.limits.output_kb * 1024 + 1


@pytest.mark.parametrize("source", VIOLENT.values(), ids=VIOLENT)
def test_violence_meets_nobody_but_the_program(sandbox: Sandbox, source: str) -> None:
    before = set(usage.descendants(os.getpid()))
    assert judged(sandbox, program(source), CHECK).status == "failed"
    assert judged(sandbox, "def f(x): return 2", CHECK).passed
    assert set(usage.descendants(os.getpid())) >= {pid for pid in before if usage.cpu_of(pid) > 0.05}


#: Reads the memory of its interpreter by way of a pipe, where an address that is not mapped is an error.
SCAN = """
    import ctypes, os
    libc = ctypes.CDLL(None)
    libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    libc.sbrk.restype = ctypes.c_void_p
    def f(x):
        words = bytes(code ^ 1 for code in WORDS)
        out, into = os.pipe()
        heap, arenas = libc.sbrk(0) & ~4095, id(object()) & ~4095
        found = 0
        for start, end in ((heap - (16 << 20), heap), (arenas - (8 << 20), arenas + (8 << 20))):
            for address in range(start, end, 4096):
                if libc.write(into, address, 4096) == 4096:
                    after = os.read(out, 4096).split(words)[1:]
                    found += sum(each[:1] == b"'" for each in after)  # Its own words end with a zero.
        return found
"""


def test_no_program_finds_the_reference_solution_in_the_memory_that_it_inherits(sandbox: Sandbox) -> None:
    words = b"of the solution alone = 0"
    lines = "".join(f"    x{n} = '{words.decode()}'\n" for n in range(30))
    for n in range(8):
        assert judged(sandbox, f"# {n}\ndef f(x):\n{lines}    return 2\n", CHECK).passed
    scan = f"WORDS = {[code ^ 1 for code in words]}\n" + program(SCAN)
    outcome = sandbox.run(Program(scan, CHECK, "f"), Limits(cpu_s=3.0))
    assert outcome.reason == "wrong answer: AssertionError: 0 at assert answer == 2, answer"


REACHING = {
    "rights": "import os\ndef f(x): os.chmod(PATH, 0o777)",
    "times": "import os\ndef f(x): os.utime(PATH, (1, 1))",
    "a note": "import os\ndef f(x): os.setxattr(PATH, 'user.note', b'1')",
    "length": "import os\ndef f(x): os.truncate(PATH, 0)",
}


@pytest.mark.parametrize("source", REACHING.values(), ids=REACHING)
def test_a_file_of_the_user_stays_as_it_is(sandbox: Sandbox, source: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    before = file.stat()
    assert judged(sandbox, f"PATH = {str(file)!r}\n{source}", CHECK).status == "failed"
    assert file.stat() == before
    assert os.listxattr(file) == []


def test_the_store_cannot_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    store = tmp_path / ".evalkit" / "results.duckdb"
    store.parent.mkdir()
    store.write_bytes(b"answers of others")
    outcome = judged(sandbox, f"def f(x): return open({str(store)!r}, 'rb').read()", CHECK)
    assert outcome.reason.startswith(("raised: FileNotFoundError", "raised: PermissionError"))


def test_no_datagram_reaches_a_socket_that_has_a_name(sandbox: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    source = """
        import socket
        def f(x):
            ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            ours.sendto(b'out', PATH)
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(0)
        assert judged(sandbox, f"PATH = {path!r}\n{program(source)}", CHECK).status == "failed"
        with pytest.raises(BlockingIOError):
            listener.recv(10)


def test_a_reason_is_one_line_of_characters_that_can_be_shown(sandbox: Sandbox) -> None:
    source = r"def f(x): raise ValueError('a\n::error::b\x1b[2J\ud800')"
    assert judged(sandbox, source, CHECK).reason == r"raised: ValueError: a\n::error::b\x1b[2J\ud800"


def test_one_that_sleeps_is_decided_by_the_clock(sandbox: Sandbox) -> None:
    sleeper = Program("import time\ndef f(x): time.sleep(1000)", CHECK, "f")
    outcome = sandbox.run(sleeper, Limits(cpu_s=1.0, wall_s=0.5))
    assert (outcome.status, outcome.reason) == ("failed", "timeout (waited 0.5 s)")


LIVING_ON = {
    "a thread": """
        import threading, time
        threading.Thread(target=time.sleep, args=(1000,)).start()
        def f(x): return 2
    """,
    "a thread that computes": """
        import threading
        def g():
            while True: pass
        threading.Thread(target=g).start()
        def f(x): return 2
    """,
    "a child": """
        import os, time
        def f(x):
            try:
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(1000)
            except OSError: pass
            return 2
    """,
    "dead children": """
        import os
        def f(x):
            try:
                for _ in range(5):
                    if os.fork() == 0: os._exit(0)
            except OSError: pass
            return 2
    """,
}


@pytest.mark.parametrize("source", LIVING_ON.values(), ids=LIVING_ON)
def test_all_that_a_sample_started_ends_with_it(sandbox: Sandbox, source: str) -> None:
    def at_rest() -> int:
        return len(usage.descendants(os.getpid()))

    assert judged(sandbox, "def f(x): return 2", CHECK).passed
    before = at_rest()
    assert judged(sandbox, program(source), CHECK).passed
    until = time.monotonic() + 300
    while at_rest() > before and time.monotonic() < until:
        time.sleep(0.02)
    assert at_rest() <= before


def test_files_of_one_sample_are_not_there_for_the_next(sandbox: Sandbox) -> None:
    source = """
        import os
        def f(x):
            there = os.listdir('/tmp')
            open(LEFT, 'w').write('x')
            return there
    """
    left = f"/tmp/left-{os.getpid()}"
    check = "answer = f(1)\nassert answer == 2, answer"
    outcomes = [judged(sandbox, f"LEFT = {left!r}\n{program(source)}", check) for _ in range(2)]
    assert {outcome.reason for outcome in outcomes} <= {
        "wrong answer: AssertionError: [] at assert answer == 2, answer",
        "raised: PermissionError: [Errno 13] Permission denied: '/tmp'",
    }
    assert not os.path.exists(left)
