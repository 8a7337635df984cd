"""The Jinja environment: sandboxed, strict, and with a bound on what rendering may cost.

Jinja's own sandbox keeps a template away from the machine, not from its memory and time, and whoever writes a
dataset or a task writes templates. So each operation that can make much out of little is looked at before it
is done, every step is counted, and once there are many the processor's time is looked at.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from functools import cache, wraps
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEscapeFormatter, SandboxedFormatter

from evalkit.prompts import growth

#: Processor time of rendering one template once.
RENDER_S = 1.0
#: Characters of all that it makes on its way, kept or not.
MOST_MADE = 100_000_000
_STEPS = 500
#: The filter that counts the steps of a loop; no template can write its name.
_STEPPED = "a loop"


class Meter:
    """Steps and time of one rendering."""

    def __init__(self) -> None:
        self._left = _STEPS
        self._until = 0.0
        self._n_made = 0

    def made(self, value: Any) -> Any:
        """``value``, which was just made. Raises SecurityError where too much was."""
        if isinstance(value, str | bytes | list | tuple):
            self._n_made += len(value)
            if self._n_made > MOST_MADE:
                raise SecurityError(f"it makes more than {MOST_MADE:,} characters in intermediate values")
        return value

    def spend(self, n: int = 1) -> None:
        """Raises SecurityError where the rendering took too long."""
        self._left -= n
        if self._left < 0:
            self._left = _STEPS
            now = time.thread_time()
            self._until = self._until or now + RENDER_S
            if now > self._until:
                raise SecurityError(f"it takes more than {RENDER_S:g} s")


_local = threading.local()


def start_meter() -> None:
    """A new rendering begins in this thread."""
    _local.meter = Meter()


def _meter() -> Meter:
    try:
        meter: Meter = _local.meter
    except AttributeError:  # while a template is compiled
        meter = _local.meter = Meter()
    return meter


def joined(parts: Iterable[str]) -> str:
    """The text of a rendering, of a macro or of a block."""
    kept = list(parts)
    growth.refuse_long(sum(map(len, kept)))
    text: str = _meter().made("".join(kept))
    return text


class _Steps:
    """What a loop goes through, each step counted."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        spend = _meter().spend
        for value in self._values:
            spend(1)
            yield value

    def __len__(self) -> int:
        return len(self._values)


class _Formatter(SandboxedFormatter):
    def format_field(self, value: Any, format_spec: str) -> Any:
        growth.refuse_width(format_spec)
        return super().format_field(value, format_spec)


class _EscapeFormatter(_Formatter, SandboxedEscapeFormatter):
    pass


class _Generator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("environment.concatenated((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")


class Environment(ImmutableSandboxedEnvironment):
    """Jinja as its users know it, within bounds."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    code_generator_class = _Generator
    concat = staticmethod(joined)

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, finalize=as_text)
        self.filters = {name: _bounded(name, each) for name, each in self.filters.items()}
        self.filters[_STEPPED] = _Steps

    def add_filter(self, name: str, function: Callable[..., Any]) -> None:
        """A filter of our own, within the same bounds."""
        self.filters[name] = _bounded(name, function)

    def concatenated(self, values: tuple[Any, ...]) -> str:
        """``a ~ b``."""
        growth.refuse_long(sum(map(growth.weight, values)))
        text: str = _meter().made("".join(map(str, values)))
        return text

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operator, once its result is known to be small."""
        meter = _meter()
        meter.spend()
        if operator == "*":
            growth.refuse_product(left, right)
        elif operator == "**":
            growth.refuse_power(left, right)
        elif operator == "%" and isinstance(left, str):
            growth.refuse_format(left, right)
        elif operator == "+" and isinstance(left, Sized):
            growth.refuse_long(growth.weight(left) + growth.weight(right))
        return meter.made(super().call_binop(context, operator, left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja
        """A function, a macro, a method, or a recursive loop that goes one level down."""
        meter = _meter()
        meter.spend()
        if isinstance(__obj, LoopContext):
            args = tuple(map(_Steps, args[:1])) + args[1:]
        elif (args or kwargs) and isinstance(__obj, BuiltinMethodType):
            growth.refuse_call(__obj.__name__, __obj.__self__, args, kwargs)
        elif __obj is __self.globals.get("lipsum"):
            growth.refuse_product("x" * 1000, max([0, *filter(_is_number, [*args, *kwargs.values()])]))
        return meter.made(super().call(__context, __obj, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """``str.format`` and ``str.format_map``, with a bound on each width."""
        if not isinstance(value, MethodType | BuiltinMethodType):
            return None
        text = value.__self__
        if value.__name__ not in ("format", "format_map") or not isinstance(text, str):
            return None
        formatter = _formatter(self, text)

        def format_text(*args: Any, **kwargs: Any) -> str:
            if value.__name__ == "format_map":
                args, kwargs = (), *args
            growth.refuse_call("format", text, args, kwargs)
            return type(text)(formatter.vformat(text, args, kwargs))

        return format_text


@cache
def environment() -> Environment:
    """The one environment of all templates."""
    return Environment()


def count_loops(tree: nodes.Template) -> nodes.Template:
    """The tree of a template, its loops counted."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _STEPPED, [], [], None, None, lineno=loop.lineno)
    return tree


def _formatter(made: Environment, text: Any) -> _Formatter:
    escape = getattr(text, "escape", None)  # of text that is marked as markup
    return _EscapeFormatter(made, escape=escape) if escape else _Formatter(made)


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        value, rest = args[first], args[first + 1 :]
        if name == "join":
            value = list(value) if not isinstance(value, str) and isinstance(value, Iterable) else value
            args = (*args[:first], value, *rest)
        if rest or kwargs:
            growth.refuse_call(name, value, rest, kwargs)
        if name == "format":
            growth.refuse_format(str(value), tuple(rest) or kwargs)
        meter = _meter()
        meter.spend(_steps(value))
        return meter.made(function(*args, **kwargs))

    return bounded


def _steps(value: Any) -> int:
    """What going through it once counts for; how long an iterator is nobody knows."""
    if isinstance(value, str):
        return 1 + len(value) // 16
    if isinstance(value, range):
        return 1 + len(value) // 2
    return 100 if isinstance(value, Iterator) else 1 + growth.weight(value) // 16


def as_text(value: Any) -> Any:
    """What is put out: no list and no mapping, which would go out as Python writes them, nothing huge."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | dict | set | frozenset):
        raise TypeError(f"a {type(value).__name__} is not a text: write | tojson or | join(', ') behind it")
    growth.weight(value)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int)
