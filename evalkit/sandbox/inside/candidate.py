"""The untrusted side of one sample: runs the program, then answers the checker's calls with plain values.

Nothing here is relied on: the program may change or forge all of it. What leaves is a stream of bytes that
the checker reads as data, and no descriptor but that stream leads out.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import os
import sys
import types
from typing import Any

from . import frames, wire_values

NAME = "program"

#: Each question begins with so many bytes that its answer repeats.
TOKEN_BYTES = 8
#: What the checker may send: its inputs are its own, so the bound only keeps the reader simple.
_MOST_BYTES = 1 << 30


class Candidate:
    """One program and the objects of it that the checker may name later."""

    def __init__(self, channel: int, value_bytes: int) -> None:
        self._channel = channel
        self._value_bytes = value_bytes
        self._module = types.ModuleType(NAME)
        self._kept: list[Any] = []

    def serve(self) -> None:
        """Load the program, which comes first, then answer until the checker lets go of the channel."""
        source = frames.read_frame(self._channel, _MOST_BYTES)
        if source is None:
            return
        failure = self._load(json.loads(source))
        while True:
            data = frames.read_frame(self._channel, _MOST_BYTES)
            if data is None:
                return
            token, question = data[:TOKEN_BYTES], data[TOKEN_BYTES:]
            what, *parts = wire_values.loads(question, self._object, wire_values.DEEPEST_SENT)
            if failure is not None:
                self._send(token, failure)
            elif what == "kinds":
                kinds = [part for name in parts for part in (name, self._kind(name))]
                self._send(token, ["kinds", {"d": kinds}])
            else:
                self._send(token, self._answered(what, parts))

    def _load(self, source: str) -> list[Any] | None:
        sys.modules[NAME] = self._module
        try:
            code = compile(source, f"<{NAME}>", "exec", dont_inherit=True)
        except BaseException as error:
            return ["broken", *_described(error)]
        try:
            exec(code, self._module.__dict__)
        except SystemExit:
            return ["exit"]
        except BaseException as error:
            return ["raised", *_described(error)]
        return None

    def _kind(self, name: str) -> str:
        if name not in self._module.__dict__:
            return "absent"
        value = self._module.__dict__[name]
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, type) and issubclass(value, BaseException):
            return f"exception {value.__mro__[1].__name__}"
        return "callable" if callable(value) else "value"

    def _answered(self, what: str, parts: list[Any]) -> list[Any]:
        try:
            return ["value", wire_values.pack(self._done(what, parts), self._keep)]
        except wire_values.NotPlainError as error:
            return ["not plain", str(error)]
        except SystemExit:
            return ["exit"]
        except BaseException as error:
            return ["raised", *_described(error)]

    def _done(self, what: str, parts: list[Any]) -> Any:
        if what == "call":
            name, arguments, keywords = parts
            target = self._module.__dict__[name] if isinstance(name, str) else name
            return target(*arguments, **keywords)
        if what == "get":
            target, name = parts
            return self._module.__dict__[name] if target is None else getattr(target, name)
        if what == "truth":
            return bool(parts[0])
        if what == "text":
            return str(parts[0])
        target, name, value = parts
        return setattr(target, name, value)

    def _object(self, key: int | str, _: str) -> Any:
        """What the checker means: something kept, or something of the program that has a name."""
        return self._module.__dict__[key] if isinstance(key, str) else self._kept[key]

    def _keep(self, value: Any) -> int:
        """A number for an object that stays here and that the check may pass back or look into."""
        self._kept.append(value)
        return len(self._kept) - 1

    def _send(self, token: bytes, message: list[Any]) -> None:
        try:
            data = wire_values.dumps(message)
        except MemoryError:
            data = wire_values.dumps(["raised", ["MemoryError"], ""])
        if len(data) > self._value_bytes:
            data = wire_values.dumps(["not plain", f"a value of {len(data)} bytes"])
        frames.write_frame(self._channel, token + data)


def _described(error: BaseException) -> tuple[list[str], str]:
    """Names of its type and the types above it, the nearest first, and its message, cut."""
    names = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, BaseException)]
    try:
        text = str(error)[:500]
    except BaseException:
        text = ""
    return names, text


def run(channel: int, value_bytes: int) -> None:
    """Serve one program on ``channel``, then end this process. Descriptors 0 to 2 are the program's own."""
    sys.argv = [NAME]
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8", errors="replace")
    for name, fd in (("stdout", 1), ("stderr", 2)):
        raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False))
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    try:
        with contextlib.suppress(OSError):  # The checker went in the middle of a message.
            Candidate(channel, value_bytes).serve()
        sys.stdout.flush()
    finally:
        os._exit(0)


#: A type that the checker can raise in the program's place.
BUILTIN_ERRORS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
}
