"""The trusted side of one sample: runs the check against stand-ins for the program's names, and has the verdict.

It reads from the program bytes that are data, never code, and it alone holds the descriptor for the verdict.
"""

from __future__ import annotations

import builtins
import importlib
import json
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import frames, plain
from .candidate import BUILTIN_ERRORS

NAME = "check"
_FILE = "<check>"


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
        raised: the last exception that came from the program, or None.
        errors: the program's own exception types that the check names, by name.
    """

    def __init__(self, fd: int, most_bytes: int) -> None:
        self._fd = fd
        self._most_bytes = most_bytes
        self.foul: str | None = None
        self.uncheckable: str | None = None
        self.raised: BaseException | None = None
        self.errors: dict[str, type[Exception]] = {}

    def ask(self, what: str, *parts: Any) -> Any:
        """The program's answer, or the exception that it raised."""
        if self.foul is not None:
            raise FoulError(self.foul)
        try:
            message = plain.dumps([what, *(plain.pack(part, _handle) for part in parts)])
        except plain.NotPlainError as error:
            self.uncheckable = f"the check passes {error}, which cannot cross to the program"
            raise UncheckableError(self.uncheckable) from None
        return self._understood(self._exchanged(message))

    def _exchanged(self, message: bytes) -> list[Any]:
        try:
            frames.write_frame(self._fd, message)
            data = frames.read_frame(self._fd, self._most_bytes + 1024)
        except frames.FrameTooLongError:
            raise self.call_foul("not a plain value: too long") from None
        except OSError:
            data = None
        if data is None:
            raise self.call_foul("gone")
        try:
            return plain.loads(data, lambda number: Remote(self, number))
        except ValueError:
            raise self.call_foul("not a plain value: not a message") from None

    def _understood(self, message: list[Any]) -> Any:
        match message:
            case ["value" | "kinds", value]:
                return value
            case ["raised", [*names], str(text)]:
                self.raised = _exception(names, text, self.errors)
                raise self.raised
            case ["broken", [str(name), *_], str(text)]:
                raise self.call_foul(f"does not load: {name}: {text}")
            case ["not plain", str(text)]:
                raise self.call_foul(f"not a plain value: {text}")
            case ["exit"]:
                raise self.call_foul("exit")
        raise self.call_foul("not a plain value: not a message")

    def call_foul(self, what: str) -> FoulError:
        """Note it for good; the exception to raise."""
        self.foul = self.foul or what
        return FoulError(what)


class Remote:
    """An object of the program that stays there. It can be passed back, called and looked into, never judged."""

    __slots__ = ("_channel", "_number")

    def __init__(self, channel: Channel, number: int) -> None:
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        return self._channel.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._channel.ask("set", self, name, value)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._channel.ask("call", self, list(arguments), keywords)


def _not_plain(self: Remote, *_: Any) -> Any:
    raise self._channel.call_foul("not a plain value: an object of the program")


for _name in (
    "eq ne lt le gt ge bool hash len iter next contains getitem str repr format index int float complex bytes "
    "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg pos abs round "
    "and rand or ror xor rxor invert reversed enter exit"
).split():
    setattr(Remote, f"__{_name}__", _not_plain)


def _handle(value: Any) -> int | None:
    return object.__getattribute__(value, "_number") if type(value) is Remote else None


def _exception(names: list[Any], text: str, errors: dict[str, type[Exception]]) -> Exception:
    """What the check sees: the type of that name, or one named so below the nearest that it knows."""
    known = {**BUILTIN_ERRORS, **errors}
    base = next((known[name] for name in names if name in known), Exception)
    kind = (
        base
        if names and names[0] == base.__name__
        else type(str(names[0]) if names else "Error", (base,), {})
    )
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and the like want more than a text.
        return type(kind.__name__, (Exception,), {})(text)


def names_of(code: types.CodeType) -> Iterator[str]:
    """Every name that the code may look up outside itself."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_of(constant)


def _stored_names(source: str) -> set[str]:
    import symtable

    return {
        each.get_name() for each in symtable.symtable(source, _FILE, "exec").get_symbols() if _is_bound(each)
    }


def _is_bound(symbol: Any) -> bool:
    return bool(symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace())


class Check:
    """One check and the stand-ins that it runs against."""

    def __init__(self, request: dict[str, Any], channel: Channel) -> None:
        self._source: str = request["check"]
        self._entry_point: str = request["entry_point"]
        self._names: list[str] = request["names"]
        self._channel = channel

    def run(self) -> None:
        """Return if the check holds; raise what it raises if not."""
        try:
            code = compile(self._source, _FILE, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise UncheckableError(f"the check does not compile: {error}") from None
        namespace: dict[str, Any] = {"__name__": NAME, "__builtins__": builtins}
        # What the check defines itself, and what Python has, is never the program's to define.
        own = _stored_names(self._source) | set(dir(builtins))
        wanted = ({*names_of(code), *self._names} - own) | {self._entry_point}
        kinds = self._channel.ask("kinds", *sorted(wanted, key=lambda name: name != self._entry_point))
        if kinds.get(self._entry_point) != "callable":
            raise self._channel.call_foul(f"does not define {self._entry_point}")
        for name in wanted:
            self._stand_in(namespace, name, str(kinds.get(name)))
        exec(code, namespace)
        if isinstance(check := namespace.get("check"), types.FunctionType) and "check" in own:
            namespace[self._entry_point] = self._called(self._entry_point)
            check(namespace[self._entry_point])

    def _stand_in(self, namespace: dict[str, Any], name: str, kind: str) -> None:
        what, _, of = kind.partition(" ")
        if what == "callable":
            namespace[name] = self._called(name)
        elif what == "value":
            namespace[name] = self._channel.ask("get", None, name)
        elif what == "exception":
            namespace[name] = type(name, (BUILTIN_ERRORS.get(of, Exception),), {})
            self._channel.errors[name] = namespace[name]
        elif what == "module" and of == name and name in sys.stdlib_module_names:
            namespace[name] = importlib.import_module(name)

    def _called(self, name: str) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **keywords: Any) -> Any:
            return self._channel.ask("call", name, list(arguments), keywords)

        stand_in.__name__ = stand_in.__qualname__ = name
        return stand_in


def verdict(request: dict[str, Any], channel: Channel) -> tuple[str, str]:
    """``passed``, ``failed`` or ``undecided``, and why. ``gone`` as the reason: the program's end says why."""
    linecache.cache[_FILE] = (len(request["check"]), None, request["check"].splitlines(True), _FILE)
    try:
        Check(request, channel).run()
        status, reason = "passed", "passed"
    except UncheckableError as error:
        status, reason = "undecided", str(error)
    except FoulError:
        status, reason = "failed", ""
    except SystemExit:
        status, reason = "undecided", "the check exits"
    except BaseException as error:
        status, reason = "failed", _reason(error, channel)
    if channel.uncheckable is not None:
        return "undecided", channel.uncheckable
    return ("failed", channel.foul) if channel.foul is not None else (status, reason)


def _reason(error: BaseException, channel: Channel) -> str:
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if error is channel.raised:
        return "memory" if isinstance(error, MemoryError) else f"raised: {text}"
    return f"wrong answer: {text}{_line(error)}"


def _line(error: BaseException) -> str:
    """Where in the check it was, with the line itself."""
    number = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            number = trace.tb_lineno
        trace = trace.tb_next
    return "" if number is None else f" at {linecache.getline(_FILE, number).strip()[:200]}"


def run(request: dict[str, Any], channel: int, verdict_fd: int) -> None:
    """Judge one program over ``channel``, write the verdict, end this process."""
    try:
        asked = Channel(channel, request["limits"]["value_kb"] * 1024)
        status, reason = verdict(request, asked)
        os.write(verdict_fd, json.dumps([status, reason[:1000]]).encode())
        frames.write_frame(channel, plain.dumps(["bye"]))
    finally:
        os._exit(0)
