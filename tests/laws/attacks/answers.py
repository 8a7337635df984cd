"""Every field of a Response with values of every wrong kind; exceptions of every kind; recordings alike."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.laws.attacks.attack import Attack

_FIELDS = (
    "output", "sample_id", "repeat", "input", "error", "finish_reason", "prompt_tokens", "completion_tokens",
    "cost_usd", "latency_s", "ttft_s", "choice_logprobs", "is_cached", "created_at", "contexts", "tool_calls",
    "choice_tokens",
)  # fmt: skip
_VALUES = (
    "None",
    "10**30",
    "2**64 - 1",
    "-1",
    "1e308",
    "float('nan')",
    "float('inf')",
    "True",
    "'text'",
    "'\\x1b[31m\\x00'",
    "'\\ud800'",
    "[]",
    "[1, 'a', None]",
    "{'a': object()}",
    "object()",
    "b'bytes'",
    "(('a',),)",
    "'x' * 3_000_000",
)
_RAISED = (
    "ValueError('x' * 100000)", "SystemExit(0)", "SystemExit('text')", "KeyboardInterrupt()",
    "GeneratorExit()", "asyncio.CancelledError()", "StopIteration('x')", "StopAsyncIteration()",
    "RecursionError()", "MemoryError()", "BaseException('mine')", "BaseExceptionGroup('g', [SystemExit(1)])",
    "ValueError('\\x1b[31m\\x00\\ud800')", "OSError(28, 'No space left')", "TimeoutError()", "Odd()",
)  # fmt: skip
_APP = """
import asyncio
from evalkit import Response

class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text either")

def answer(text):
    {body}

async def other(text):
    {body}
"""
_LINES = (
    '{"sample_id": "s0", "output": 5}', '{"sample_id": "s0"}', '{"output": "x"}', "[]", "null", '"text"', "{",
    '{"sample_id": "s0", "output": "x", "prompt_tokens": 1e30}',
    '{"sample_id": "s0", "output": "x", "prompt_tokens": 18446744073709551615}',
    '{"sample_id": "s0", "output": "x", "prompt_tokens": "many"}',
    '{"sample_id": "s0", "output": "x", "completion_tokens": -4}',
    '{"sample_id": "s0", "output": "x", "latency_s": "slow"}',
    '{"sample_id": "s0", "output": "x", "latency_s": NaN}',
    '{"sample_id": "s0", "output": "x", "cost_usd": -1}',
    '{"sample_id": "s0", "output": "x", "cost_usd": 1e400}',
    '{"sample_id": "s0", "output": "x", "choice_logprobs": "high"}',
    '{"sample_id": "s0", "output": "x", "choice_logprobs": [1, "a"]}',
    '{"sample_id": "s0", "output": "x", "contexts": 5}',
    '{"sample_id": "s0", "output": "x", "repeat": -1}',
    '{"sample_id": "s0", "output": "x", "repeat": "two"}',
    '{"sample_id": "s0", "output": "x", "finish_reason": {}}',
    '{"sample_id": "s0", "output": "x", "created_at": 1e18}',
    '{"sample_id": "s0", "output": "x"}\n{"sample_id": "s0", "output": "y"}',
    '{"sample_id": "s0", "output": "\\u001b[31m\\u0000"}', '{"sample_id": "\\u001b[31m", "output": "x"}',
    '{"sample_id": "s0", "output": "\\ud800"}', '{"sample_id": "s0", "error": 5}', "[" * 50_000,
    '{"sample_id": "s0", "output": ' + "9" * 5_000 + "}",
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    for name in _FIELDS:
        for value in _VALUES:
            body = f"return Response(**{{'output': text.upper(), {name!r}: {value}}})"
            yield Attack("answer", f"{name} = {value}", {"app.py": _APP.format(body=body)})
    for raised in _RAISED:
        for function in ("answer", "other"):
            files = {"app.py": _APP.format(body=f"raise {raised}")}
            arguments = ("suites", f"--llm-model=python:app:{function}")
            yield Attack("answer", f"{function} raises {raised}", files, arguments, must_fail=True)
    for number, line in enumerate(_LINES):
        more = "".join(json.dumps({"sample_id": f"s{i}", "output": f"WORD {i}"}) + "\n" for i in range(1, 4))
        arguments = ("suites", "--llm-model=replay:outputs.jsonl")
        files = {"outputs.jsonl": line + "\n" + more}
        # An answer may hold any character: such a one is wrong, three of four are right, and the gate passes.
        must_fail = not line.startswith('{"sample_id": "s0", "output": "\\u')
        yield Attack("recording", f"line {number}", files, arguments, must_fail=must_fail)
