"""The checker's way to the program: questions out, plain values back, and what stands for the rest."""

from __future__ import annotations

import json
import os
from types import FunctionType
from typing import Any

from . import frames, wire_values
from .candidate import BUILTIN_ERRORS, TOKEN_BYTES
from .raised import RaisedError

#: What would compare, read or compute with an object that stays with the program.
# fmt: off
_JUDGING = (
    "eq", "ne", "lt", "le", "gt", "ge", "hash", "len", "iter", "next", "contains", "getitem", "index",
    "int", "float", "complex", "bytes", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv",
    "rtruediv", "floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow", "neg", "pos", "abs", "round",
    "and", "rand", "or", "ror", "xor", "rxor", "invert", "reversed", "enter", "exit",
)
# fmt: on


class FoulError(BaseException):
    """The program did what no answer can be: it is gone, it sends no message, its value is not plain.

    Not an Exception, so that few checks catch it; and one that does still fails, see ``Channel.foul``.
    """


class UncheckableError(Exception):
    """The check asks for what cannot be had here; nothing is said about the program."""


class Channel:
    """Asks the program. The first foul stays: whatever the check makes of it, the sample fails.

    Attributes:
        foul: what the program did, or None.
        uncheckable: what the check asked for in vain, or None; it stays as well.
        errors: the program's own exception types that the check names, by name.
        named: names of what stands for functions and exception types of the program.
    """

    def __init__(self, fd: int, most_bytes: int) -> None:
        self._fd = fd
        self._most_bytes = most_bytes
        self.foul: str | None = None
        self.uncheckable: str | None = None
        self.errors: dict[str, type[Exception]] = {}
        self.named: dict[Any, str] = {}

    def load(self, source: str) -> None:
        """Hand over the program itself, before anything is asked."""
        try:
            frames.write_frame(self._fd, json.dumps(source).encode("ascii"))
        except OSError:
            self.call_foul("gone")

    def ask(self, what: str, *parts: Any) -> Any:
        """The program's answer.

        Raises:
            RaisedError: the program raised an exception. That an object has not the attribute asked for is
                said as Python says it, for ``hasattr``.
            FoulError: it did what no answer can be.
            UncheckableError: the check passes what cannot cross.
        """
        if self.foul is not None:
            raise FoulError(self.foul)
        try:
            packed = [wire_values.pack(part, self._handle, wire_values.DEEPEST_SENT) for part in parts]
        except wire_values.TooLargeError as error:
            raise self.call_foul(f"not a plain value: {error}") from None
        except wire_values.NotPlainError as error:
            self.uncheckable = f"the check passes {error}, which cannot cross to the program"
            raise UncheckableError(self.uncheckable) from None
        return self._understood(what, self._exchanged(wire_values.dumps([what, *packed])))

    def _exchanged(self, message: bytes) -> list[Any]:
        # Not to be known before the question is read: an answer given in advance is none.
        token = os.urandom(TOKEN_BYTES)
        try:
            frames.write_frame(self._fd, token + message)
            data = frames.read_frame(self._fd, self._most_bytes + 1024)
        except frames.FrameTooLongError:
            raise self.call_foul("not a plain value: too long") from None
        except OSError:
            data = None
        if data is None:
            raise self.call_foul("gone")
        if data[:TOKEN_BYTES] != token:
            raise self.call_foul("not a plain value: not a message")
        try:
            return wire_values.loads(data[TOKEN_BYTES:], self._remote)
        except ValueError:
            raise self.call_foul("not a plain value: not a message") from None

    def _understood(self, what: str, message: list[Any]) -> Any:
        match message:
            case ["value", value] if what != "kinds":
                return value
            case ["kinds", dict(kinds)] if what == "kinds" and _are_texts([*kinds, *kinds.values()]):
                return kinds
            case ["raised", [_, *_] as names, str(text)] if _are_texts(names):
                raise self._raised(what, names, text)
            case ["broken", [str(name), *_], str(text)]:
                raise self.call_foul(f"does not load: {name}: {text}")
            case ["not plain", str(text)]:
                raise self.call_foul(f"not a plain value: {text}")
            case ["exit"]:
                raise self.call_foul("exit")
        raise self.call_foul("not a plain value: not a message")

    def _raised(self, what: str, names: list[str], text: str) -> BaseException:
        error = _exception(names, text, self.errors)
        raised = RaisedError(error)
        return error if what == "get" and isinstance(error, AttributeError) else raised

    def _remote(self, number: Any, kind: Any) -> Remote:
        if type(number) is not int or number < 0 or type(kind) is not str:
            raise ValueError("no object")
        return Remote(self, number, kind)

    def _handle(self, value: Any) -> int | str | None:
        if type(value) is Remote:
            return int(object.__getattribute__(value, "_number"))
        return self.named.get(value) if isinstance(value, FunctionType | type) else None

    def call_foul(self, what: str) -> FoulError:
        """Note it for good; the exception to raise."""
        self.foul = self.foul or what
        return FoulError(what)


class Remote:
    """An object that stays with the program.

    It can be passed back, called, looked into, and asked for its text and whether it is true, all of which
    give plain values in the end. It can be compared with nothing.
    """

    __slots__ = ("_channel", "_kind", "_number")

    def __init__(self, channel: Channel, number: int, kind: str) -> None:
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)

    def __getattr__(self, name: str) -> Any:
        return self._channel.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._channel.ask("set", self, name, value)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._channel.ask("call", self, list(arguments), keywords)

    def __bool__(self) -> bool:
        return bool(self._channel.ask("truth", self))

    def __str__(self) -> str:
        return str(self._channel.ask("text", self))

    def __repr__(self) -> str:
        return f"<{self._kind}>"


def _not_plain(self: Remote, *_: Any) -> Any:
    raise self._channel.call_foul(f"not a plain value: {self._kind}")


for _name in _JUDGING:
    setattr(Remote, f"__{_name}__", _not_plain)


def _are_texts(values: list[Any]) -> bool:
    return all(type(each) is str for each in values)


def _exception(names: list[str], text: str, errors: dict[str, type[Exception]]) -> Exception:
    """What the check sees: the type of that name, or one named so below the nearest that it knows."""
    known = {**BUILTIN_ERRORS, **errors}
    base = next((known[name] for name in names if name in known), Exception)
    kind = base if names[0] == base.__name__ else _subclass(names[0], base)
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and the like want more than a text.
        return _subclass(names[0], Exception)(text)


def _subclass(name: str, base: type[Exception]) -> type[Exception]:
    try:
        return type(name, (base,), {})
    except ValueError:  # Not every text can be a name.
        return type(ascii(name)[1:-1], (base,), {})
