"""The trusted side: runs a check against stand-ins for the program's names, and has the verdict.

It reads from the program bytes that are data, never code, and it alone holds a descriptor for verdicts.
"""

from __future__ import annotations

import ast
import builtins
import decimal
import importlib
import json
import linecache
import os
import random
import resource
import signal
import socket
import symtable
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import frames
from .candidate import BUILTIN_ERRORS
from .channel import Channel, FoulError, UncheckableError
from .raised import NAMES, RaisedError, compiled, is_of_program
from .zygote import receive

NAME = "check"
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_FILE = "<check>"
#: A checker that came to hold so much memory takes no further sample, as powers of two of what counts it.
_MUCH_MEMORY = 18 if sys.platform == "linux" else 28


def names_of(code: types.CodeType) -> Iterator[str]:
    """Every name that the code may look up outside itself."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_of(constant)


def _stored_names(source: str) -> set[str]:
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
            code = compiled(self._source, _FILE)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UncheckableError(f"the check does not compile: {error}") from None
        namespace: dict[str, Any] = {"__name__": NAME, "__builtins__": builtins, **NAMES}
        # What the check defines itself, and what Python has, is never the program's to define.
        own = _stored_names(self._source) | set(dir(builtins)) | set(namespace)
        wanted = ({*names_of(code), *self._names} - own) | {self._entry_point}
        kinds = self._channel.ask("kinds", *sorted(wanted, key=lambda name: name != self._entry_point))
        if kinds.get(self._entry_point) != "callable":
            raise self._channel.call_foul(f"does not define {self._entry_point}")
        for name in wanted:
            self._stand_in(namespace, name, kinds.get(name, "absent"))
        namespace.setdefault("candidate", namespace[self._entry_point])
        exec(code, namespace)
        if isinstance(check := namespace.get("check"), types.FunctionType) and "check" in own:
            namespace[self._entry_point] = self._called(self._entry_point)
            check(namespace[self._entry_point])

    def _stand_in(self, namespace: dict[str, Any], name: str, kind: str) -> None:
        what, _, of = kind.partition(" ")
        if what != "absent" and self._is_used_as_module(name):
            what, of = "module", name
        if what == "callable":
            namespace[name] = self._called(name)
        elif what == "value":
            namespace[name] = self._channel.ask("get", None, name)
        elif what == "exception":
            namespace[name] = type(name, (BUILTIN_ERRORS.get(of, Exception),), {})
            self._channel.errors[name] = namespace[name]
            self._channel.named[namespace[name]] = name
        elif what == "module" and of == name and name in sys.stdlib_module_names:
            namespace[name] = importlib.import_module(name)

    def _called(self, name: str) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **keywords: Any) -> Any:
            return self._channel.ask("call", name, list(arguments), keywords)

        stand_in.__name__ = stand_in.__qualname__ = name
        self._channel.named[stand_in] = name
        return stand_in

    def _is_used_as_module(self, name: str) -> bool:
        """Whether the check, which does not import it, uses it as the module of that name: ``math.isclose``.

        Then it is that module, whatever the program has made of the name.
        """
        if name not in sys.stdlib_module_names or name in {self._entry_point, *self._names}:
            return False
        used = {
            each.attr
            for each in ast.walk(ast.parse(self._source))
            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == name
        }
        if not used:
            return False
        module = importlib.import_module(name)
        return all(hasattr(module, each) for each in used)


def verdict(request: dict[str, Any], channel: Channel) -> tuple[str, str]:
    """``passed``, ``failed`` or ``undecided``, and why; where it is ``gone``, the program's end says why."""
    linecache.cache[_FILE] = (len(request["check"]), None, request["check"].splitlines(True), _FILE)
    try:
        Check(request, channel).run()
        status, reason = "passed", "passed"
    except UncheckableError as error:
        status, reason = "undecided", str(error)
    except FoulError:
        status, reason = "failed", ""
    except RaisedError as raised:
        status, reason = "failed", _reason(raised.error)
    except SystemExit:
        status, reason = "undecided", "the check exits"
    except BaseException as error:
        status, reason = "failed", _reason(error)
    if channel.uncheckable is not None:
        return "undecided", channel.uncheckable
    return ("failed", channel.foul) if channel.foul is not None else (status, reason)


def _reason(error: BaseException) -> str:
    try:
        said = str(error)
    except BaseException:  # An integer with too many digits, an object of the program that is gone.
        said = ""
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if is_of_program(error):
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


def _one_line(text: str) -> str:
    """The program chose these words: no line breaks, no commands to a terminal, nothing that is not UTF-8."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def serve(orders: socket.socket) -> None:
    """Judge one program after the other, each over the channel that comes with its order, until told no more.

    Every check draws the same random numbers, whatever ran before. A checker that is no longer as it was
    before the first check ends instead of taking another, and says so with its verdict, for an order that
    reached it while it ends would be lost.
    """
    start = random.getstate()
    pristine = _traces()
    can_stay = True
    while can_stay and (received := receive(orders)) is not None:
        request, (fd,) = received
        random.setstate(start)
        channel = Channel(fd, request["limits"]["value_kb"] * 1024)
        channel.load(request["source"])
        status, reason = _judged(request, channel)
        # The program's goodbye. It comes first, as with the verdict this checker can be given the next; and
        # it is not a message, which a program that reads nothing could hold up.
        os.close(fd)
        can_stay = _traces() == pristine
        said = json.dumps([can_stay, status, _one_line(reason[:1000])])
        frames.write_frame(orders.fileno(), said.encode())


def _judged(request: dict[str, Any], channel: Channel) -> tuple[str, str]:
    """The verdict, also where the values have left no memory to say why in."""
    try:
        return verdict(request, channel)
    except MemoryError:
        pass  # What it holds is let go before anything else is said.
    return "failed", "memory (the check on its values)"


def _traces() -> tuple[object, ...]:
    """What a check may leave behind for the next one."""
    return (
        # Memory that the values of one program took may not be there for another's.
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> _MUCH_MEMORY,
        dict(vars(builtins)),
        sys.getrecursionlimit(),
        sys.get_int_max_str_digits(),
        os.getcwd(),
        threading.active_count(),
        # An alarm would go off in the middle of another check, or end the checker between two.
        *(signal.getitimer(each) for each in _TIMERS),
        decimal.getcontext().prec,
    )
