"""Frozen dataclasses that cost little to declare.

``dataclass(frozen=True)`` compiles six functions for each class, one by one. A session imports some 200
classes, and this was a sixth of all that a small session does. Here ``__init__`` alone is compiled, when it
is first used; the other methods are plain functions that read the fields with ``operator.attrgetter``.

Records that are made for every answer are ``quick``: ``object.__setattr__`` takes three times as long as a
plain assignment, so that their ``__init__`` fills a draft, which may be written, and makes it a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

from evalkit.core.compiled import compiled

_T = TypeVar("_T")
_Method = Callable[..., Any]


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T], /) -> type[_T]: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(*, slots: bool, quick: bool = False) -> Callable[[type[_T]], type[_T]]: ...


def frozen(cls: type[_T] | None = None, /, *, slots: bool = False, quick: bool = False) -> Any:
    """What ``dataclass(frozen=True)`` makes of a class, for data that every session imports.

    ``fields``, ``replace`` and ``asdict`` take it, it is copied and pickled, and what the class defines
    itself stays. Classes of ``dataclass(frozen=True)`` and of this may inherit from each other. It knows no
    ``InitVar``.

    Args:
        quick: made fast, for one record an answer; with slots, and never subclassed.
    """
    return _frozen(cls, slots, quick) if cls is not None else lambda each: _frozen(each, slots, quick)


@cache
def draft_of(kind: type[Any]) -> type[Any]:
    """A class of the same fields that may be written; its instances become of ``kind`` by their
    ``__class__``.

    Args:
        kind: a frozen dataclass with slots, of no other base.
    """
    return type("Draft", (), {"__slots__": tuple(each.name for each in fields(kind))})


def _frozen(declared: type[Any], slots: bool, quick: bool) -> type[Any]:
    # Where a class has no docstring, dataclasses would inspect its signature for one.
    declared.__doc__ = declared.__doc__ or f"{declared.__name__}(...)"
    # Dataclasses refuse to derive what is not frozen from what is.
    is_derived = any(hasattr(base, "__dataclass_fields__") for base in declared.__mro__[1:])
    cls = dataclass(init=False, repr=False, eq=False, frozen=is_derived, slots=slots)(declared)
    vars(cls)["__dataclass_params__"].frozen = True  # so that others can derive theirs
    its = fields(cls)
    methods = {
        "__init__": _init(cls, its, quick) if quick else _Late(cls, its),
        "__repr__": _repr(its),
        **_compared(its),
        **_guards(cls, its),
    }
    if slots:
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name, method in methods.items():
        if vars(cls).get(name) is None:  # Python sets __hash__ to None where __eq__ is defined
            setattr(cls, name, method)
    return cls


class _Late:
    """An ``__init__`` that is compiled when it is first asked for: a session makes nothing of half of the
    classes that it imports."""

    def __init__(self, cls: type[Any], its: Sequence[Field[Any]]) -> None:
        self._cls = cls
        self._its = its

    def __get__(self, made: Any, owner: type[Any]) -> Any:
        method = _init(self._cls, self._its, quick=False)
        setattr(self._cls, "__init__", method)  # noqa: B010 - mypy knows no assignment to it
        return method if made is None else method.__get__(made, owner)


def _init(cls: type[Any], its: Sequence[Field[Any]], quick: bool) -> _Method:
    known: dict[str, Any] = {"__name__": cls.__module__, "_set": object.__setattr__, "_missing": MISSING}
    by_place, by_name, lines, put = ["self"], ["*"], [], " _set(self, {0!r}, {1})"
    if quick:
        kind: Any = cls
        known |= {"_Draft": draft_of(kind), "_Kind": kind}
        lines, put = [" _set(self, '__class__', _Draft)"], " self.{0} = {1}"
    for each in its:
        name = value = each.name
        default = ""
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            default = "=_missing"
            value = f"_make_{name}() if {name} is _missing else {name}" if each.init else f"_make_{name}()"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            default = f"=_default_{name}"
            value = name if each.init else f"_default_{name}"
        if each.init:
            (by_name if each.kw_only else by_place).append(name + default)
        if each.init or default:
            lines.append(put.format(name, value))
    if quick:
        lines.append(" self.__class__ = _Kind")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = by_place + (by_name if len(by_name) > 1 else [])
    source = "\n".join([f"def __init__({', '.join(parameters)}):", *lines, " return"])
    made: _Method = compiled("__init__", source, known)
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {each.name: each.type for each in its if each.init} | {"return": None}
    return made


def _repr(its: Sequence[Field[Any]]) -> _Method:
    names = [each.name for each in its if each.repr]

    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _compared(its: Sequence[Field[Any]]) -> dict[str, _Method]:
    compared = _values([each.name for each in its if each.compare])
    hashed = _values([each.name for each in its if (each.compare if each.hash is None else each.hash)])

    def equals(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return {"__eq__": equals, "__hash__": lambda self: hash(hashed(self))}


def _values(names: Sequence[str]) -> _Method:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _guards(cls: type[Any], its: Sequence[Field[Any]]) -> dict[str, _Method]:
    names = frozenset(each.name for each in its)

    def assign(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)  # an attribute of a subclass

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": assign, "__delattr__": delete}


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
