"""``frozen`` beside ``dataclass(frozen=True)``: the same declaration, the same behaviour."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest

from evalkit.core.frozen import frozen


def declared(decorate: Callable[[type[Any]], type[Any]]) -> type[Any]:
    class Value:
        kind: ClassVar[str] = "some"

        a: int
        b: list[int] = field(default_factory=list)
        shown: str = field(default="", compare=False)
        hidden: str = field(default="", repr=False)
        apart: dict[str, int] = field(default_factory=dict, hash=False)
        last: float = field(default=0.5, kw_only=True)
        made: tuple[int, ...] = field(default=(), init=False)
        noted: list[str] = field(default_factory=list, init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "made", (self.a, len(self.b)))

    Value.__qualname__ = "Value"
    return decorate(Value)


THEIRS = declared(dataclass(frozen=True))
BOTH = (THEIRS, declared(frozen))


def own_repr(decorate: Callable[[type[Any]], type[Any]]) -> type[Any]:
    class Told:
        a: float = 0.0

        def __repr__(self) -> str:
            return "told"

        def __eq__(self, other: object) -> bool:
            return True

    return decorate(Told)


@frozen(slots=True)
class Slim:
    """One with slots, at the top of a module, as pickling needs."""

    a: int
    b: str = "b"


@frozen
class Base:
    a: int = 1


@frozen
class Derived(Base):
    b: int = 2


class Plain(Base):
    """A subclass that is not a dataclass."""


@pytest.mark.parametrize(
    "see",
    [
        lambda cls: repr(cls(1, [2], shown="s", hidden="h", last=2.0)),
        lambda cls: [(each.name, each.type, each.init) for each in fields(cls)],
        lambda cls: cls.__match_args__,
        lambda cls: asdict(cls(1, [2])),
        lambda cls: repr(replace(cls(1), a=2, last=3.0)),
        lambda cls: [(each.name, each.kind) for each in inspect.signature(cls).parameters.values()],
        lambda cls: (
            cls(1) == cls(1, shown="x"),
            cls(1) == cls(1, hidden="x"),
            cls(1) == (1,),
            cls(1) != cls(2),
        ),
        lambda cls: cls(1).b is cls(1).b,
        lambda cls: cls(1).noted is cls(1).noted,
        lambda cls: hash(cls(1, (2,), apart=3)),
        lambda cls: hash(cls(1, (2,), apart=3)) == hash(cls(1, (2,), apart=4)),
        lambda cls: repr(copy.copy(cls(1, [2]))),
    ],
)
def test_it_behaves_as_a_frozen_dataclass_does(see: Callable[[type[Any]], Any]) -> None:
    theirs, ours = map(see, BOTH)
    assert ours == theirs


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("arguments", [(), (1, [], "", "", {}, 0.5), (1,) * 9])
def test_arguments_that_do_not_fit_are_refused(cls: type[Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        cls(*arguments)


@pytest.mark.parametrize("cls", BOTH)
def test_no_attribute_can_be_set_or_deleted(cls: type[Any]) -> None:
    value = cls(1)
    for name in ("a", "unknown"):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(value, name, 2)
        with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(value, name)


@pytest.mark.parametrize("decorate", [dataclass(frozen=True), frozen])
def test_what_the_class_defines_itself_stays(decorate: Callable[[type[Any]], type[Any]]) -> None:
    cls = own_repr(decorate)
    assert (repr(cls()), cls(1.0) == cls(2.0), hash(cls(1.0))) == ("told", True, hash((1.0,)))


def test_a_value_equals_itself_even_where_a_number_is_none() -> None:
    nan = float("nan")
    assert Base(nan) == Base(nan)  # type: ignore[arg-type]
    assert BOTH[1](1, last=nan) == BOTH[1](1, last=nan)


def test_slots_leave_no_room_for_others_and_are_pickled() -> None:
    value = Slim(1)
    assert not hasattr(value, "__dict__")
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value
    with pytest.raises(FrozenInstanceError):
        value.a = 2  # type: ignore[misc]


def test_a_subclass_adds_its_fields_behind_those_of_its_base() -> None:
    assert repr(Derived(3, 4)) == "Derived(a=3, b=4)"
    assert Derived(3, 2) != Base(3)


def test_a_plain_subclass_has_attributes_of_its_own() -> None:
    value = Plain(3)
    value.own = 4  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        value.a = 4  # type: ignore[misc]


@dataclass(frozen=True)
class Theirs(Base):
    """A plain one of ours."""

    c: int = 3


@frozen
class Again(Theirs):
    """One of ours of a plain one."""

    d: int = 4


def test_plain_frozen_dataclasses_and_these_inherit_from_each_other() -> None:
    assert repr(Again(5, d=6)) == "Again(a=5, c=3, d=6)"
    for value in (Derived(3, 4), Theirs(), Again()):
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'a'"):
            value.a = 2  # type: ignore[misc]


def test_a_subclass_that_can_be_written_is_refused_as_dataclasses_do() -> None:
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclass(type("Written", (Base,), {}))
