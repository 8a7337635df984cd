"""Values cross between a program and its checker as what they are, or do not cross."""

from __future__ import annotations

import contextlib
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.sandbox.inside import wire_values

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
)
KEYS = st.recursive(
    ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.sets(KEYS, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)


def crossed(value: Any) -> Any:
    return wire_values.loads(wire_values.dumps([wire_values.pack(value)]))[0]


@given(VALUES)
def test_a_plain_value_comes_back_equal_and_of_the_same_type(value: Any) -> None:
    back = crossed(value)
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value) or isinstance(value, set | dict | frozenset | list | tuple)


NUMBERS_AND_TEXTS = [True, 1, 1.0, -0.0, 1 << 20000, -(1 << 63), "\ud800", b"\xff", 1e308, math.inf]


@pytest.mark.parametrize("value", NUMBERS_AND_TEXTS, ids=range(len(NUMBERS_AND_TEXTS)))
def test_what_equals_another_type_keeps_its_own(value: Any) -> None:
    assert type(crossed(value)) is type(value)
    assert crossed([value])[0] == value
    assert math.copysign(1, crossed(-0.0)) == -1


def test_what_is_not_a_number_is_still_none_on_the_other_side() -> None:
    assert math.isnan(crossed(math.nan))


@pytest.mark.parametrize(
    "value",
    [
        Counter("abca"),
        OrderedDict(a=1, b=2),
        deque([1, 2], 5),
        Decimal("1.10"),
        Fraction(1, 3),
        range(1, 9, 2),
        bytearray(b"a"),
        int,
    ],
)
def test_a_container_or_number_of_the_standard_library_comes_back_as_itself(value: Any) -> None:
    assert crossed(value) == value
    assert type(crossed(value)) is type(value)


def test_a_default_dict_is_its_entries() -> None:
    assert crossed(defaultdict(list, a=[1])) == {"a": [1]}


class AlwaysEqual(list[int]):
    def __eq__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter([7])


class Colour(IntEnum):
    RED = 1


Point = namedtuple("Point", "x y")


def test_a_value_of_a_subclass_is_its_data_whatever_it_says_of_itself() -> None:
    back = crossed(AlwaysEqual([1]))
    assert type(back) is list
    assert back == [1]
    assert back != [2]
    assert crossed(Point(1, 2)) == (1, 2)
    assert crossed(Colour.RED) == 1


@pytest.mark.parametrize("value", [iter([1, 2]), map(int, "12"), (n for n in (1, 2)), {1: 0, 2: 0}.values()])
def test_an_iterator_is_no_list_until_it_is_made_one(value: Any) -> None:
    n = len(list(value)) if not hasattr(value, "__next__") else 2
    back = crossed(value)
    assert back != [1, 2]
    assert len(list(back)) == n


class Anything:
    def __eq__(self, other: object) -> bool:
        return True


@pytest.mark.parametrize(
    "value", [Anything(), object(), len, lambda: 1, [Anything()], {"a": Anything()}, type]
)
def test_other_objects_do_not_cross(value: Any) -> None:
    with pytest.raises(wire_values.NotPlainError):
        wire_values.pack(value)


def test_what_is_nested_without_end_does_not_cross() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    deep: list[Any] = []
    for _ in range(10**5):
        deep = [deep]
    for value in (cycle, deep):
        with pytest.raises(wire_values.NotPlainError, match="nested"):
            wire_values.pack(value)


TOO_LARGE = {
    "an integer": 1 << (1 << 20),
    "a fraction": Fraction(1, 1 << (1 << 16)),
    "a large decimal": Decimal("1e99999999"),
    "a small decimal": Decimal("-1e-99999999"),
    "a long decimal": Decimal("1" * 200_000),
}


@pytest.mark.parametrize("value", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_number_that_costs_much_to_compute_with_does_not_cross(value: Any) -> None:
    with pytest.raises(wire_values.TooLargeError):
        wire_values.pack([value])


LARGEST = [(1 << (1 << 20)) - 1, Fraction(1, (1 << (1 << 16)) - 1), Decimal("1e99999"), Decimal("NaN123")]


@pytest.mark.parametrize("value", LARGEST, ids=range(len(LARGEST)))
def test_numbers_up_to_the_bounds_cross(value: Any) -> None:
    assert repr(crossed(value)) == repr(value) if isinstance(value, Decimal) else crossed(value) == value


def nested(depth: int, of: Any) -> Any:
    value = of([])
    for _ in range(depth):
        value = of([value])
    return value


@pytest.mark.parametrize("of", [list, tuple, deque], ids=["lists", "tuples", "deques"])
def test_what_may_be_packed_at_its_deepest_comes_back(of: Any) -> None:
    deepest = wire_values.DEEPEST // (2 if of is deque else 1) - (1 if of is deque else 0)
    assert crossed(nested(deepest, of)) == nested(deepest, of)


def test_many_keys_cross_whatever_they_are() -> None:
    for values in (set(range(-5000, 5000)), set(map(str, range(5000))), {n / 8 for n in range(5000)}):
        assert crossed(values) == values
        assert crossed(dict.fromkeys(values)) == dict.fromkeys(values)


def test_long_digits_within_a_text_are_no_long_number() -> None:
    value = ["1" * 50, -(1 << 63) + 1, (1 << 63) - 1, 1 << 63, 0.00012345678901234567]
    assert crossed(value) == value


FORGERIES = [
    b"",
    b"[]",
    b"{}",
    b"7",
    b"[",
    b'[{"t":7}]',
    b'[{"x":[]}]',
    b'[{"s":[[]]}]',
    b'[{"d":[1]}]',
    b'[{"d":[[],1]}]',
    b'[{"i":"z"}]',
    b'[{"n":[1,0]}]',
    b'[{"h":[0,"a"]}]',
    b'[{"t":[],"s":[]}]',
    b'[{"b":["\\u0100"]}]',
    b'[{"b":[7]}]',
    b'[{"m":["x"]}]',
    b'[{"y":"eval"}]',
    b"[" * 10**5,
    b"\xff",
    b"[1" + b"0" * 5000 + b"]",
    # Well-formed, and yet nothing that is packed.
    b'[{"i":"0x10"}]',
    b'[{"i":"0X8000000000000000"}]',
    b'[{"i":["0x8000000000000000"]}]',
    b"[9223372036854775808]",
    b'[{"i":"0x1' + b"0" * (1 << 19) + b'"}]',
    b'[{"n":["1e99999999",1]}]',
    b'[{"n":["1e99999999"]}]',
    b'[{"n":[2,4]}]',
    b'[{"n":[1,-2]}]',
    b'[{"n":[true,2]}]',
    b'[{"n":[{"i":"0x1' + b"0" * 20000 + b'"},1]}]',
    b'[{"m":["1e99999999"]}]',
    b'[{"m":["1E+99999999"]}]',
    b'[{"m":["0E-99999999"]}]',
    b'[{"m":["1_0"]}]',
    b'[{"m":[10]}]',
    b'[{"m":["1' + b"0" * 200_000 + b'"]}]',
    b'[{"c":[1,2]}]',
    b'[{"r":[0,1,0]}]',
    b'[{"r":[0,true,1]}]',
    b'[{"r":[0.0,1,1]}]',
    b'[{"q":[[1,2],1]}]',
    b'[{"q":[{"t":[]},null]}]',
    b'[{"q":["ab",null]}]',
    b'[{"s":[1,1]}]',
    b'[{"s":[1,true]}]',
    b'[{"f":{"t":[]}}]',
    b'[{"t":"ab"}]',
    b'[{"t":{"s":[]}}]',
    b'[{"l":"ab"}]',
    b'[{"d":[1,2,1,3]}]',
    b'[{"C":[1,2,1,3]}]',
    b'[{"k":[1,1]}]',
    b'[{"v":"ab"}]',
    b'[{"e":[[1,2]]}]',
    b'[{"e":[{"t":[1,2,3]}]}]',
    b'[{"e":[{"t":[1,2]},{"t":[1,3]}]}]',
    b'[{"t":[],"t":[]}]',
    b'[{"b":["a","b"]}]',
    b'[{"y":["int"]}]',
    b'[{"s":[%s]}]' % b",".join(b'{"i":"%s"}' % hex(n * ((1 << 61) - 1)).encode() for n in range(5, 90_005)),
    b'[{"d":[%s]}]'
    % b",".join(b'{"i":"%s"},0' % hex(n * ((1 << 61) - 1)).encode() for n in range(5, 90_005)),
    b"[" * 303 + b"]" * 303,
    b'[{"t":' * 303 + b"[]" + b"}]" * 303,
]


@pytest.mark.parametrize("data", FORGERIES, ids=range(len(FORGERIES)))
def test_bytes_that_are_no_message_are_refused_as_such(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a message"):
        wire_values.loads(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(wire_values.loads(data), list)
