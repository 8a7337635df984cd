"""Programs that want a pass which they have not earned, or no verdict at all: each fails, and alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, judged, opened

WAITING = Limits(cpu_s=0.5, wall_s=0.5)


@pytest.fixture(scope="module", params=WALLS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    yield from opened(request.param, workers=1)


def run(sandbox: Sandbox, source: str, check: str) -> ProgramOutcome:
    return sandbox.run(Program(dedent(source), dedent(check), "f"), WAITING)


def raising(kind: str) -> str:
    return f"def f(x): raise {kind}"


#: Checks that a program can satisfy in one process by an exception that Python itself expects there.
SWALLOWED = {
    "map": (raising("StopIteration"), "assert all(map(lambda x: f(x) == 2, [1, 2]))"),
    "zip": (raising("StopIteration"), "for a, b in zip(map(f, [1, 2]), [2, 3]): assert a == b"),
    "filter": (raising("StopIteration"), "assert not list(filter(f, [1]))"),
    "a sentinel": ("def f(): raise StopIteration", "for a in iter(f, 0): assert a == 2"),
    "a default": (raising("StopIteration"), "assert next(map(f, [1]), 2) == 2"),
    "none of them": (raising("StopIteration"), "assert not any(map(f, [1, 2]))"),
    "a starmap": (
        raising("StopIteration"),
        "import itertools\nfor a in itertools.starmap(f, [(1,)]): assert a == 2",
    ),
    "one below it": (
        "class E(StopIteration): pass\ndef f(x): raise E",
        "for a, b in zip(map(f, [1]), [2]): assert a == b",
    ),
    "an old sequence": (
        raising("IndexError"),
        "class S:\n    def __getitem__(self, n): return f(n)\nfor a in S(): assert a == 2",
    ),
    "a missing key": (
        raising("KeyError"),
        """
        import collections
        class S(dict):
            def __missing__(self, key): return f(key)
        assert collections.ChainMap(S(), {1: 2})[1] == 2
        """,
    ),
    "an attribute": (
        raising("AttributeError"),
        """
        class S:
            @property
            def x(self): return f(1)
        assert getattr(S(), 'x', 2) == 2
        """,
    ),
    "a length": (
        raising("TypeError"),
        """
        class S:
            def __iter__(self): return iter([2])
            def __len__(self): return f(1)
        assert list(S()) == [2]
        """,
    ),
    "an asynchronous loop": (
        raising("StopAsyncIteration"),
        """
        import asyncio
        class S:
            def __aiter__(self): return self
            async def __anext__(self): return f(1)
        async def main():
            async for a in S(): assert a == 2
        asyncio.get_event_loop_policy()
        try:
            main().send(None)
        except StopIteration:
            pass
        """,
    ),
    "a handler of something else": (
        raising("StopIteration"),
        """
        def is_right(x):
            try: return f(x) == 2
            except ValueError: return False
        assert all(map(is_right, [1, 2]))
        """,
    ),
    "an assertion of something else": (
        raising("StopIteration"),
        """
        import unittest
        is_right = lambda x: unittest.TestCase().assertRaises(KeyError, f, x)
        for _ in map(is_right, [1]): assert False
        """,
    ),
}

EXPECTING = "try:\n    f(1)\n    assert False\nexcept Bad:\n    pass"
ISCLOSE = "assert math.isclose(f(1), 2)"
REBINDING = {
    "a module by a class": ("class math: isclose = lambda *a: True\ndef f(x): return 3", ISCLOSE),
    "a module by an object": (
        "import types\nmath = types.SimpleNamespace(isclose=lambda *a: True)\ndef f(x): return 3",
        ISCLOSE,
    ),
    "what a module has": ("import math\nmath.isclose = lambda *a: True\ndef f(x): return 3", ISCLOSE),
    "the table of modules": (
        "import sys, types\nmath = sys.modules['math'] = types.ModuleType('math')\n"
        "math.isclose = lambda *a: True\ndef f(x): return 3",
        ISCLOSE,
    ),
    "a builtin": (
        "import builtins\nbuiltins.abs = lambda x: 0\ndef f(x): return 3",
        "assert abs(f(1) - 2) == 0",
    ),
    "a global like a builtin": ("def abs(x): return 0\ndef f(x): return 3", "assert abs(f(1) - 2) == 0"),
    "the builtins of its module": (
        "__builtins__ = {'AssertionError': ValueError, 'abs': lambda x: 0}\ndef f(x): return 3",
        "assert abs(f(1) - 2) == 0, __builtins__",
    ),
    "AssertionError": (
        "import builtins\nbuiltins.AssertionError = Warning\nclass AssertionError(Exception): pass\n"
        "def f(x): return 3",
        "try:\n    assert f(1) == 2\nexcept ValueError:\n    pass",
    ),
    "the exception that is expected, by all": ("Bad = Exception\ndef f(x): return 3", EXPECTING),
    "the exception that is expected, by AssertionError": (
        "Bad = AssertionError\ndef f(x): return 3",
        EXPECTING,
    ),
    "names of the rewritten check": (
        "globals().update({'<RaisedError>': Exception, '<again>': print, '<any>': ()})\ndef f(x): return 3",
        "try:\n    assert f(1) == 2\nexcept ValueError:\n    pass",
    ),
    "check": ("def check(candidate): pass\ndef f(x): return 3", "assert candidate(1) == 2"),
    "the module's name": ("__name__ = 'check'\ndef f(x): return 3", "assert f(1) == 2, __name__"),
}
ODD = "class Odd(Exception):\n    __eq__ = lambda *a: True\n    __bool__ = lambda self: {}\n"
VALUES = {
    "an exception that equals all": (ODD.format(True) + "def f(x): return Odd()", "assert f(1) == 2"),
    "an exception that is false": (ODD.format(False) + "def f(x): raise Odd()", "assert not f(1)"),
    "a text with its own comparison": (
        "class T(str):\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\ndef f(x): return T('a')",
        "assert f(1) == 'b'",
    ),
    "a key that equals all": (
        """
        class K(int):
            __eq__ = lambda *a: True
            __hash__ = lambda s: hash('b')
        def f(x): return {K(7): 2}
        """,
        "assert f(1) == {'b': 2}",
    ),
    "a list that is as long as it says": (
        """
        class L(list):
            __len__ = lambda s: 2
            __iter__ = lambda s: iter('ab')
        def f(x): return L()
        """,
        "assert len(f(1)) == 2",
    ),
    "a class that says it is another": (
        """
        class Y:
            __class__ = property(lambda s: int)
            __eq__ = lambda *a: True
        def f(x): return Y()
        """,
        "y = f(1)\nassert isinstance(y, int) and y == 2",
    ),
    "a value that changes": (
        "class Y(list):\n    n = 0\n    def __getitem__(s, i): return 2\ndef f(x): return Y([7])",
        "assert f(1)[0] == 2",
    ),
    "what is deep, passed back": (
        "def f(x):\n    for _ in range(299): x = [x]\n    return x",
        "assert f([f([f(1)])]) == 2",
    ),
    "a long number, made longer and passed back": (
        "def f(x): return x << 900_000",
        "assert f(f(1) << 900_000) == 2",
    ),
    "its function for a constant": ("def LIMIT(): pass\ndef f(x): return 3", "assert f(LIMIT) == 2"),
    "its exception for a constant": (
        "class LIMIT(Exception): pass\ndef f(x): return 3",
        "assert f(LIMIT) == 2",
    ),
    "the text of an object": (
        "class Y:\n    __str__ = lambda s: 3\ndef f(x): return Y()",
        "assert str(f(1)) == '2'",
    ),
}

#: Reads what it is asked, answers for the program that is asked for, and then with ``BODY``.
BY_HAND = """
import os, time
def take():
    n = int.from_bytes(os.read(3, 4), 'big')
    data = b''
    while len(data) < n: data += os.read(3, n - len(data))
    return data[:8]
def give(token, body):
    data = (len(token) + len(body)).to_bytes(4, 'big') + token + body
    while data: data = data[os.write(3, data):]
give(take(), b'["kinds",{"d":["f","callable"]}]')
give(take(), BODY)
time.sleep(100)
"""
COLLIDING = ",".join(f'{{"i":"{n * ((1 << 61) - 1):#x}"}}' for n in range(5, 90_005))
MESSAGES = {
    "an exponent": b'["value",{"m":["1e99999999"]}]',
    "a fraction by its text": b'["value",{"n":["1e99999999"]}]',
    "keys that collide": f'["value",{{"s":[{COLLIDING}]}}]'.encode(),
    "lists too deep": b'["value",' + b"[" * 400 + b"]" * 400 + b"]",
    "tuples too deep": b'["value",' + b'{"t":[' * 400 + b"]}" * 400 + b"]",
    "a kind that there is not": b'["value",{"pickle":["x"]}]',
    "two kinds": b'["value",{"i":"0x8000000000000000","t":[2]}]',
    "a key twice": b'["value",{"d":[1,3,1,2]}]',
    "an object never kept": b'["value",{"h":[-1,"x"]}]',
    "an object by name": b'["value",{"h":["f","x"]}]',
    "a verdict": b'["passed","passed"]',
    "the checker's verdict": b'[true,"passed","passed"]',
    "no value": b'["value"]',
    "two values": b'["value",2,2]',
    "kinds for a value": b'["kinds",{"d":[]}]',
    "no exception": b'["raised",[],""]',
    "an exception by number": b'["raised",[7],""]',
    "an exception with a name that is none": b'["raised",["\\u0000\\ud800"],""]',
    "the checker's own exception": b'["raised",["UncheckableError"],""]',
    "an end": b'["raised",["SystemExit","BaseException"],""]',
    "an interruption": b'["raised",["KeyboardInterrupt"],""]',
    "nothing": b"",
    "no text": b"\xff\xfe",
    "half a message": b'["value",2',
}
UNASKED = {
    "answers in advance": """
        import os, time
        def frame(body): return len(body).to_bytes(4, 'big') + body
        for token in (b'', bytes(8)):
            os.write(3, frame(token + b'["kinds",{"d":["f","callable"]}]'))
            for _ in range(500): os.write(3, frame(token + b'["value",2]'))
        time.sleep(100)
    """,
    "answers without end": "import os\nwhile True: os.write(3, bytes(1 << 16))",
    "a length beyond all": "import os, time\nos.write(3, b'\\xff' * 8)\ntime.sleep(100)",
    "a message that never ends": "import os, time\nos.write(3, b'\\0\\0\\1\\0[')\ntime.sleep(100)",
    "an end in the middle": "import os\nos.write(3, b'\\0\\0\\1\\0[')\nos._exit(0)",
    "a channel that is shut": """
        import socket, time
        socket.socket(fileno=3).shutdown(socket.SHUT_WR)
        time.sleep(100)
    """,
}


@pytest.mark.parametrize(
    ("source", "check"),
    [case for group in (SWALLOWED, REBINDING, VALUES) for case in group.values()],
    ids=[name for group in (SWALLOWED, REBINDING, VALUES) for name in group],
)
def test_no_program_passes_by_how_its_check_is_written(sandbox: Sandbox, source: str, check: str) -> None:
    assert run(sandbox, source, check).status == "failed"


@pytest.mark.parametrize("body", MESSAGES.values(), ids=MESSAGES)
def test_a_message_written_by_hand_fails_the_program_that_wrote_it(sandbox: Sandbox, body: bytes) -> None:
    # Whatever it stands for must not hold, cost the check anything, or leave the program without a verdict.
    outcome = run(sandbox, f"BODY = {body!r}\n{BY_HAND}", "answer = f(1)\nassert answer == 2 or set(answer)")
    assert outcome.status == "failed"
    assert outcome.reason.startswith(("not a plain value: not a message", "raised: "))


def test_the_writer_of_those_messages_can_answer(sandbox: Sandbox) -> None:
    assert run(sandbox, f"""BODY = b'["value",2]'\n{BY_HAND}""", "assert f(1) == 2").passed


@pytest.mark.parametrize("source", UNASKED.values(), ids=UNASKED)
def test_what_nobody_asked_for_is_no_answer_and_holds_nobody_up(sandbox: Sandbox, source: str) -> None:
    large = f"def f(x): return 2\n# {'x' * 600_000}"
    sending = f"for _ in range(278): assert f({'y' * 700!r}) == 2"
    with ThreadPoolExecutor(4) as pool:
        foul = [pool.submit(run, sandbox, source, sending) for _ in range(2)]
        others = [pool.submit(judged, sandbox, large) for _ in range(2)]
        assert {each.result().status for each in foul} == {"failed"}
        assert {each.result().reason for each in others} == {"passed"}
