"""Records that are made for every answer, made fast.

The ``__init__`` of a frozen dataclass sets each field by ``object.__setattr__``, which takes three times as
long as a plain assignment.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache, update_wrapper
from typing import Any, TypeVar

from evalkit.core.compiled import compiled

T = TypeVar("T")


@cache
def draft_of(kind: type[Any]) -> type[Any]:
    """A class of the same fields that may be written; its instances become of ``kind`` by their
    ``__class__``.

    Args:
        kind: a frozen dataclass with slots, of no other base.
    """
    return type("Draft", (), {"__slots__": tuple(each.name for each in fields(kind))})


def quickly_made(kind: type[T]) -> type[T]:
    """A decorator over ``@dataclass(frozen=True, slots=True)``: the same class, whose ``__init__`` fills a
    draft. Not for classes with ``__post_init__`` or subclasses."""
    made: Any = kind
    names: dict[str, Any] = {"turn": object.__setattr__, "Draft": draft_of(made), "Kind": made}
    arguments, lines = ["self"], ["    turn(self, '__class__', Draft)"]
    for each in fields(made):
        argument = value = each.name
        if each.default_factory is not MISSING:
            names |= {"MISSING": MISSING, f"new_{each.name}": each.default_factory}
            argument, value = f"{each.name}=MISSING", f"new_{each.name}() if {value} is MISSING else {value}"
        elif each.default is not MISSING:
            names[f"default_{each.name}"] = each.default
            argument = f"{each.name}=default_{each.name}"
        arguments.append(argument)
        lines.append(f"    self.{each.name} = {value}")
    source = "\n".join([f"def __init__({', '.join(arguments)}):", *lines, "    self.__class__ = Kind"])
    made.__init__ = update_wrapper(compiled("__init__", source, names), made.__init__)
    return kind
